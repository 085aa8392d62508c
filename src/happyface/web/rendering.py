"""The pages as HTML, from the views that the store hands out."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from mako.lookup import TemplateLookup
from mako.template import Template
from markupsafe import Markup

from happyface.contract import states
from happyface.contract.states import Face
from happyface.contract.units import human, some
from happyface.model.results import SourceFact
from happyface.model.views import CategoryPage, InstanceView, Moment, Overview, RowsView
from happyface.web import faces, tables
from happyface.web.context import PageContext
from happyface.web.machine import Here, machine
from happyface.web.present import Present, folded, headline
from happyface.web.strips import StripCell, strips

log = logging.getLogger(__name__)

MOST_TROUBLE = 25
"""So many things in trouble are listed at once; the rest is folded."""

_SETTINGS = {
    "default_filters": ["escaped"],
    "imports": ["from happyface.web.cells import escaped"],
    "strict_undefined": True,
}


class Pages:
    """All pages of a site. ``module_templates`` are the modules' own templates, by the modules' names."""

    def __init__(self, module_templates: Mapping[str, Path] | None = None) -> None:
        self._lookup = TemplateLookup([str(Path(__file__).parent / "templates")], **_SETTINGS)
        self._modules = ModuleTemplates(module_templates or {})

    def overview(self, view: Overview, page: PageContext) -> str:
        """The page of all categories."""
        show = _present(page, view.moment)
        looks, unreached = folded(view.trouble, view.moment.run.note)
        known = any(each.status >= 0 for each in view.categories)
        first = headline(len(looks), len(unreached), known, _over(view.moment, show))
        return self._site(
            "overview.mako",
            show,
            view,
            here=lambda links: links.overview(),
            action=f"{show.links.root}/",
            title=first,
            headline=first,
            looks=looks,
            unreached=unreached,
            most=MOST_TROUBLE,
            titles={each.name: each.title for each in view.outline.categories},
            words=faces.WORDS | {"happy": "all well", "avail_plot": "all available"},
            strips=strips(
                view.categories,
                {name: [StripCell(s.begin, s.status, s.sentence) for s in some] for name, some in view.strips.items()},
                show.links,
                show.clock,
            ),
            fallback=_sentence,
        )

    def category(self, view: CategoryPage, page: PageContext) -> str:
        """The page of one category."""
        show, name = _present(page, view.moment), view.category.outline.name
        trouble = [each for each in view.instances if each.in_trouble]
        return self._site(
            "category.mako",
            show,
            view,
            here=lambda links: links.category(name),
            action=show.links.category_path(name),
            title=view.category.outline.title,
            current=name,
            view=view,
            category=view.category,
            trouble=trouble,
            state=_state(len(trouble), len(view.instances), _over(view.moment, show)),
            cards=[self._card(each, show) for each in view.instances],
            quote=lambda text: quote(text, safe=""),
        )

    def table(self, view: InstanceView, rows: RowsView, page: PageContext) -> str:
        """One table with all its rows, as the fragment that a page loads on demand."""
        show = Present.of(page, view.run.time)
        return str(tables.table(view, rows, show.links, show.clock, whole=True))

    def table_page(self, view: InstanceView, rows: RowsView, page: PageContext) -> str:
        """The same as a page of its own, where there is no script."""
        show = Present.of(page, view.run.time)
        fragment = tables.table(view, rows, show.links, show.clock, whole=True)
        title = f"{rows.table.label} · {view.outline.title}"
        return self._render("table.mako", show, view.face, title=title, view=view, rows=rows, table=fragment)

    def message(self, page: PageContext, headline: str, sentences: Sequence[str] = ()) -> str:
        """A page with nothing but a message: an error, or that there is no run yet."""
        show = Present.of(page)
        return self._render("message.mako", show, "noinfo", title=headline, headline=headline, sentences=sentences)

    def _site(
        self,
        template: str,
        show: Present,
        shown: Overview | CategoryPage,
        /,
        *,
        here: Here,
        action: str,
        title: str,
        current: str = "",
        **names: object,
    ) -> str:
        """A page that shows a moment, with its time machine, its notices and the bar of categories."""
        moment, now = shown.moment, shown.moment.asked is None
        interval = show.page.reload_interval
        return self._render(
            template,
            show,
            faces.site_face(shown.categories),
            title=title if now else f"{show.clock.full(moment.asked or moment.run.time)} · {title}",
            reload=Markup(' data-reload="{}"').format(interval) if now and interval > 0 else "",
            moment=moment,
            knobs=machine(moment, show, here, action),
            categories=shown.categories,
            current=current,
            stale=show.stale(moment.newest.time),
            late=_late(moment, show),
            **names,
        )

    def _render(self, template: str, show: Present, face: Face, *, title: str, **names: object) -> str:
        brand = "" if show.page.title == "HappyFace" else "HappyFace"
        common = {
            "Markup": Markup,
            "some": some,
            "human": human,
            "sprite": faces.sprite(),
            "reload": "",
            "brand": brand,
        }
        given = {"page": show.page, "links": show.links, "clock": show.clock, "show": show, "face": face}
        found = self._lookup.get_template(template)
        return str(found.render_unicode(**common | given | names, title=f"{title} · {show.page.title}"))

    def _card(self, view: InstanceView, show: Present) -> Markup:
        body, broken = self._modules.body(view, show)
        calm = not view.in_trouble
        explained = bool(view.run.note) and view.status < 0
        html = self._lookup.get_template("card.mako").render_unicode(
            Markup=Markup,
            view=view,
            body=body,
            broken=broken,
            sentence=view.sentence or _sentence(view),
            foldable=calm or explained,
            unfolded=calm and view.outline.type != "rated",
            limits=show.limits(view),
            since=show.clock.since(view.since),
            faults=_faults(view),
            show=show,
            links=show.links,
            clock=show.clock,
        )
        return Markup(html)  # noqa: S704 - the template escapes


class ModuleTemplates:
    """The modules' own templates: read when first needed, and again when they change."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = dict(paths)
        self._read: dict[str, tuple[int, Template]] = {}

    def body(self, view: InstanceView, show: Present) -> tuple[Markup, str]:
        """What a card shows of its instance, and a sentence where the module's template is of no use.

        An instance that stored nothing has nothing for a template to show.
        """
        name = view.outline.module
        if name not in self._paths or not (view.cells or view.rows):
            return show.body(view), ""
        try:
            names = {"instance": view, "value": view.value, "show": show, "links": show.links, "clock": show.clock}
            return Markup(self._template(name).render_unicode(**names)), ""  # noqa: S704 - escapes by default
        except Exception:
            log.exception("the template of module %s failed for instance %s", name, view.outline.name)
            return show.body(view), f"The page of the module {name} could not be made; this is the plain one."

    def _template(self, name: str) -> Template:
        path = self._paths[name]
        changed = path.stat().st_mtime_ns
        if name not in self._read or self._read[name][0] != changed:
            self._read[name] = changed, Template(filename=str(path), **_SETTINGS)
        return self._read[name][1]


def _present(page: PageContext, moment: Moment) -> Present:
    return Present.of(replace(page, asked=moment.asked), moment.run.time)


def _over(moment: Moment, show: Present) -> bool:
    """Whether the page tells of what was rather than of what is."""
    return moment.asked is not None or show.stale(moment.newest.time)


def _late(moment: Moment, show: Present) -> str:
    """That there was no run near the moment asked for."""
    if moment.asked is None or moment.asked - moment.run.time <= show.page.stale_after:
        return ""
    earlier = human((moment.asked - moment.run.time).total_seconds(), "seconds")
    return f" The newest run by then is of {show.clock.short(moment.run.time)}, {earlier} earlier."


def _state(trouble: int, total: int, past: bool) -> str:
    if not trouble:
        return ("all was well" if past else "all well") if total else ""
    need = "needed" if past else "needs" if trouble == 1 else "need"
    return f"{trouble} of {total} {need} a look"


def _sentence(view: InstanceView) -> str:
    """What is said of an instance that says nothing itself."""
    if view.missing:
        return "It had no result in this run."
    return "Nothing is known, and no reason was given." if view.status < 0 else ""


def _faults(view: InstanceView) -> list[SourceFact]:
    """What was fetched, where that helps to understand what went wrong."""
    return [fact for fact in view.facts if fact.error or (view.status < states.CRITICAL and fact.file)]
