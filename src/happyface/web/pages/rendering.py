"""The pages as HTML, from the views that the store hands out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from mako.lookup import TemplateLookup
from markupsafe import Markup

from happyface.contract import states
from happyface.contract.states import Face
from happyface.contract.units import count_of, human
from happyface.model.results import SourceFact
from happyface.model.views import CategoryPage, InstanceView, Listing, Overview, RowsView
from happyface.rating.parsing import PARSING
from happyface.web.pages import faces, plot, sentences, tables
from happyface.web.pages.charts.page import KINDS, RowsChoice, RunPlotState
from happyface.web.pages.module_templates import TEMPLATE_SETTINGS, ModuleTemplates
from happyface.web.pages.plot import PlainChoices, PlotState
from happyface.web.pages.show import Show
from happyface.web.pages.strips import draw_strips
from happyface.web.pages.time_machine import Here, time_machine

if TYPE_CHECKING:
    from happyface.web.moved.drawing import MovedList  # of numpy, which takes longer to import than a page to make

MOST_TROUBLE = 25
"""How many instances in trouble are listed at once; the rest is fetched on demand."""


def is_unfolded(view: InstanceView) -> bool:
    """Whether a card is drawn at once: what is in trouble, and what is there to be looked at, such as plots.

    What could not be looked at because of something that concerns the whole run is explained by the run's note.
    """
    if view.in_trouble:
        return not (view.run.note and view.status < 0)
    return view.outline.type != "rated"


class Pages:
    """All pages of a site. ``module_templates`` are the modules' own templates, by the modules' names."""

    def __init__(self, module_templates: Mapping[str, Path] | None = None) -> None:
        self._lookup = _read_templates(Path(__file__).parent / "templates")
        self._modules = ModuleTemplates(module_templates or {})
        # Read once: that a template begins to use all rows is noticed with the next change of the configuration.
        self.whole_rows: Collection[str] = frozenset(self._modules.wanting_all_rows())

    def overview(self, view: Overview, show: Show) -> str:
        """The page of all categories."""
        show = show.at(view.moment)
        trouble, unreached = sentences.split_unreached(view.trouble, view.moment.run.note)
        return self._site(
            "overview.mako",
            show,
            view,
            here=lambda links: links.overview(),
            action=f"{show.links.root}/",
            title=_headline(view, show),
            trouble=trouble[:MOST_TROUBLE],
            rest=len(trouble[MOST_TROUBLE:]),
            unreached=len(unreached),
            titles={category.name: category.title for category in view.outline.categories},
            words=faces.WORDS | {"happy": "all well", "avail_plot": "all available"},
            strips=draw_strips(view.categories, view.strips, view.moment, show.links, show.clock),
        )

    def trouble(self, view: Overview, show: Show) -> str:
        """The page of everything that needs a look."""
        return self._site(
            "trouble_page.mako",
            show.at(view.moment),
            view,
            here=lambda links: links.trouble(),
            action=f"{show.links.root}/trouble",
            title=_headline(view, show.at(view.moment)),
            lists=Markup(self.trouble_lists(view, show)),  # noqa: S704 - the template escapes
        )

    def trouble_lists(self, view: Overview, show: Show) -> str:
        """The lists of that page without a page around them, for an overview that unfolds the rest."""
        trouble, unreached = sentences.split_unreached(view.trouble, view.moment.run.note)
        return self._fragment(
            "trouble_lists.mako",
            show.at(view.moment),
            first=trouble[:MOST_TROUBLE],
            rest=trouble[MOST_TROUBLE:],
            unreached=unreached,
            titles={category.name: category.title for category in view.outline.categories},
        )

    def category(self, view: CategoryPage, show: Show) -> str:
        """The page of one category."""
        show, name = show.at(view.moment), view.category.outline.name
        trouble = [instance for instance in view.instances if instance.in_trouble]
        return self._site(
            "category.mako",
            show,
            view,
            here=lambda links: links.category(name),
            action=show.links.category_path(name),
            title=view.category.outline.title,
            current=name,
            category=view.category,
            instances=view.instances,
            trouble=trouble,
            state=sentences.category_state(len(trouble), len(view.instances), sentences.is_past(view.moment, show)),
            contents={
                instance.outline.name: self._content(instance, show)
                for instance in view.instances
                if not instance.folded
            },
            quote=lambda text: quote(text, safe=""),
        )

    def instance(self, view: InstanceView, show: Show) -> str:
        """The page of one instance in one run, where there is no script to unfold its card."""
        show = show.of_run(view.run, show.links.moment)
        content = self._content(view, show)
        title = f"{view.outline.title}, run of {show.clock.full(view.run.time)}"
        return self._page("instance.mako", show, view.face, title=title, view=view, content=content)

    def instance_content(self, view: InstanceView, show: Show) -> str:
        """What is inside an instance's card, for a page that unfolds it."""
        show = show.of_run(view.run, show.links.moment)
        return str(self._content(view, show))

    def table(self, view: InstanceView, rows: RowsView, show: Show) -> str:
        """One page of a table's rows, as the fragment that a page loads on demand."""
        show = show.of_run(view.run, show.links.moment)
        return str(tables.draw_table(view, rows, show.links, show.clock, paged=True))

    def table_page(self, view: InstanceView, rows: RowsView, show: Show) -> str:
        """One page of a table's rows as a page of its own, for browsers without scripts."""
        table = Markup(self.table(view, rows, show))  # noqa: S704 - escapes
        show = show.of_run(view.run, show.links.moment)
        title = f"{rows.table.label} · {view.outline.title}"
        return self._page("table.mako", show, view.face, title=title, view=view, rows=rows, table=table)

    def plot(self, view: Listing, choices: PlainChoices, state: PlotState, show: Show) -> str:
        """The plot page."""
        show = show.at(view.moment)
        return self._site(
            "plot.mako",
            show,
            view,
            here=lambda links: links.overview(),
            action="",
            title=state.heading,
            state=state,
            row=plot.time_row(state, show.links, show.clock),
            choices=choices,
            form_kept=state.rest("from", "title", "ylabel", "legend", *(name for name, _ in state.curves)),
            legend_places=plot.LEGEND_PLACES,
            image=_part(replace(state, parameters=plot.SIZE | state.parameters), show, "png"),
            address_of=lambda format: _part(state, show, format),
            to_moved=f"{show.links.plot_part('moved/')}{plot.plot_query(dict(state.rest('from', 'off')))}",
        )

    def run_plot(
        self, view: Listing, state: RunPlotState, rows: Sequence[tuple[str, Sequence[RowsChoice]]], show: Show
    ) -> str:
        """The page of a plot of one run."""
        show = show.at(view.moment)
        return self._site(
            "run_plot.mako",
            show,
            view,
            here=lambda links: links.run_plot_with(state.parameters),
            action=show.links.run_plot_path(),
            kept=list(state.parameters.items()),
            title=state.heading,
            state=state,
            rows=rows,
            kinds=KINDS,
        )

    def moved(self, view: Listing, state: PlotState, part: Markup, show: Show) -> str:
        """The page of what else moved around its list; ``part`` is that list."""
        show = show.at(view.moment)
        return self._site(
            "moved.mako",
            show,
            view,
            here=lambda links: links.overview(),
            action="",
            title="What else moved?",
            state=state,
            row=plot.time_row(state, show.links, show.clock),
            part=part,
            to_plot=f"{show.links.plots_page()}{plot.plot_query(dict(state.rest('near')))}" if state.curves else "",
        )

    def moved_list(self, found: "MovedList", show: Show) -> str:
        """What moved, with its charts, as a part of that page."""
        return self._fragment("moved_list.mako", show, found=found)

    def message(self, show: Show, headline: str, texts: Sequence[str] = ()) -> str:
        """A page with nothing but a message: an error, or that there is no run yet."""
        return self._page("message.mako", show, "noinfo", title=headline, headline=headline, texts=texts)

    def _site(
        self,
        template: str,
        show: Show,
        view: Overview | CategoryPage | Listing,
        /,
        *,
        here: Here,
        action: str,
        title: str,
        current: str = "",
        kept: Sequence[tuple[str, str]] = (),
        **names: object,
    ) -> str:
        """A page that shows a moment, with its time machine, its notices and the bar of categories."""
        moment, now = view.moment, view.moment.asked is None
        return self._page(
            template,
            show,
            faces.site_face(view.categories),
            title=title if now else f"{show.clock.full(moment.asked or moment.run.time)} · {title}",
            headline=title,
            reload=Markup(' data-reload="{}"').format(show.reload_interval) if now and show.reload_interval > 0 else "",
            moment=moment,
            knobs=time_machine(moment, show, here, action, kept),
            categories=view.categories,
            current=current,
            late=sentences.late_sentence(moment, show),
            **names,
        )

    def _page(self, template: str, show: Show, face: Face, *, title: str, reload: str = "", **names: object) -> str:
        """A whole page, with the site's name at its top."""
        around = {"face": face, "sprite": faces.sprite(), "reload": reload, "title": f"{title} · {show.title}"}
        return self._fragment(template, show, **around, **names)

    def _fragment(self, template: str, show: Show, **names: object) -> str:
        found = self._lookup.get_template(template)
        common = {
            "Markup": Markup,
            "count_of": count_of,
            "human": human,
            "instance_sentence": sentences.instance_sentence,
        }
        return str(found.render_unicode(show=show, **common, **names))

    def _content(self, view: InstanceView, show: Show) -> Markup:
        """What is inside a card; one that is folded has only a link to it."""
        body, broken = self._modules.body(view, show)
        html = self._fragment(
            "card_content.mako",
            show,
            view=view,
            body=body,
            broken=broken,
            limits=show.limits(view),
            plots=show.plots(view),
            moved=show.moved(view),
            faults=_faults(view),
        )
        return Markup(html)  # noqa: S704 - the template escapes


def _read_templates(directory: Path) -> TemplateLookup:
    """Our own templates, all of them read at once: none is left to be parsed while pages are made."""
    lookup = TemplateLookup([str(directory)], filesystem_checks=False, **TEMPLATE_SETTINGS)
    with PARSING:
        for path in sorted(directory.glob("*.mako")):
            lookup.get_template(path.name)
    return lookup


def _headline(view: Overview, show: Show) -> str:
    trouble, unreached = sentences.split_unreached(view.trouble, view.moment.run.note)
    known = any(category.status >= 0 for category in view.categories)
    return sentences.headline(len(trouble), len(unreached), known, sentences.is_past(view.moment, show))


def _part(state: PlotState, show: Show, format: str) -> str:
    """The address of the image or the data of a plot."""
    part = "time/data" if format in ("csv", "json") else "time/img"
    return f"{show.links.plot_part(part)}{plot.plot_query(dict(state.rest('from')) | {'format': format})}"


def _faults(view: InstanceView) -> list[SourceFact]:
    """What was fetched, where that helps to understand what went wrong."""
    return [fact for fact in view.facts if fact.error or (view.status < states.CRITICAL and fact.file)]
