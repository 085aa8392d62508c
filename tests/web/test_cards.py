"""Cards: what of a module is on a page, folded or not, and what its own template may do."""

import logging
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fake_views import (
    NODE_TABLE,
    SHARE,
    category_page,
    instance,
    page,
    rated,
    rows,
    text_of,
    with_note,
)

from happyface.contract.columns import Column, Table
from happyface.model.results import SourceFact
from happyface.web.pages.rendering import Pages, is_unfolded

PAST = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"' onload=x"
PAGES = Pages()


def test_fine_modules_are_one_line_with_their_sentence_and_fetch_the_rest() -> None:
    view = instance(folded=True, sentence="12 failures in 2 h")
    card = PAGES.category(category_page(view, asked=PAST), page()).partition("<article")[2]
    summary = card.partition("<summary>")[2].partition("</summary>")[0]
    assert "12 failures in 2 h" in summary
    address = "/instance/errors/7?date=2026-11-22&amp;time=03:00"
    assert f'hx-get="{address}" hx-trigger="toggle once" hx-target="find .content"' in card
    assert f'<a href="{address}">Show Errors</a>' in card
    assert "About" not in card


def test_the_content_of_a_card_is_the_same_on_demand_and_on_a_page_of_its_own() -> None:
    view = instance(cells=[rated(SHARE, 0.1)], sentence="12 failures in 2 h")
    content = PAGES.instance_content(view, page(moment=PAST))
    assert "<html" not in content
    assert content.startswith('<p class="sentence">12 failures')
    whole = PAGES.instance(view, page(moment=PAST))
    assert content in whole
    assert '<a href="/category/phedex?date=2026-11-22&amp;time=03:00#errors">Back to the category</a>' in whole


@pytest.mark.parametrize(
    ("status", "type", "note", "unfolded"),
    [
        (1.0, "rated", "", False),
        (0.5, "rated", "", True),
        (-1.0, "rated", "", True),
        (-1.0, "rated", "No network.", False),
        (0.0, "rated", "No network.", True),
        (1.0, "plots", "", True),
        (-1.0, "plots", "No network.", False),
        (1.0, "unrated", "", True),
        (-1.0, "unrated", "", True),
    ],
)
def test_what_is_drawn_at_once(status: float, type: str, note: str, unfolded: bool) -> None:
    assert is_unfolded(instance(status=status, run=with_note(note), outline={"type": type})) == unfolded


def test_what_is_unrated_is_shown_unfolded_and_never_in_trouble() -> None:
    html = PAGES.category(category_page(instance(status=0.0, outline={"type": "unrated"})), page())
    assert 'id="errors--fold" open>' in html
    assert "all well" in text_of(html)


def test_the_information_panel() -> None:
    view = instance(
        status=0.0,
        outline={"instruction": "Call https://x.example/", "weight": 2.5, "rules": {"critical": "share > 0.9"}},
        facts=[
            SourceFact("https://a.example/", 214000, file="2026/a.xml"),
            SourceFact("https://b.example/", 0, "no answer"),
        ],
    )
    html = PAGES.category(category_page(view), page())
    panel = text_of("<main" + html.partition('class="about"')[2].partition("</details>")[0])
    for text in (
        "What it is Shows something.",
        "What to do Call https://x.example/",
        "https://a.example/ · 214 kB · what was fetched",
        "https://b.example/ · no answer",
        "Failures: warning ≥ 25 %, critical ≥ 50 %",
        "critical when share > 0.9".replace(">", "&gt;"),
        "Status unhappy, 0.00",
        "Type rated, weight 2.5",
        "Module Demo, instance errors",
    ):
        assert text in panel


def test_an_error_shows_what_was_fetched() -> None:
    facts = [SourceFact("https://a.example/", 9, file="2026/11/22/a.xml"), SourceFact("https://b.example/")]
    html = PAGES.category(category_page(instance(status=-1.0, sentence="Not XML.", facts=facts)), page())
    faults = html.partition('<ul class="faults">')[2].partition("</ul>")[0]
    assert 'href="/static/archive/2026/11/22/a.xml">what was fetched</a>' in faults
    assert "b.example" not in faults


def with_template(tmp_path: Path, text: str) -> Pages:
    """Pages with a template of the module Demo."""
    (tmp_path / "demo.mako").write_text(text, encoding="utf-8")
    return Pages({"Demo": tmp_path / "demo.mako"})


def test_a_module_may_bring_its_own_template(tmp_path: Path) -> None:
    pages = with_template(tmp_path, "<p>${value['text']} at ${instance.outline.name}</p>${show.values(instance)}")
    view = instance(cells=[rated(Column("text", "text", "Text"), HOSTILE)])
    html = pages.category(category_page(view), page())
    assert "<p>&lt;script&gt;" in html
    assert "at errors</p><dl" in html


def test_a_template_has_all_rows_by_name_with_their_values_and_cells(tmp_path: Path) -> None:
    text = """% for node in rows.node:
<p>${node.name}: ${show.value(node['share'])}, ${node.share}, ${node['share'].status}</p>
% endfor
"""
    pages = with_template(tmp_path, text)
    assert "Demo" in pages.whole_rows
    view = instance(rows=[rows(NODE_TABLE, [("<DESY>", 0.6), ("KIT", 0.1)])])
    html = pages.instance_content(view, page())
    assert "<p>&lt;DESY&gt;: 60 %, 0.6, 0.0</p>\n<p>KIT: 10 %, 0.1, 1.0</p>" in html


def test_a_template_without_rows_is_not_handed_all_of_them(tmp_path: Path) -> None:
    assert not with_template(tmp_path, "${show.tables(instance)} ${instance.rows}").whole_rows


def test_rows_that_were_not_stored_are_none(tmp_path: Path) -> None:
    pages = with_template(tmp_path, "${len(rows.node)} nodes")
    assert "0 nodes" in pages.instance_content(instance(cells=[rated(SHARE, 0.1)]), page())


@pytest.mark.parametrize(
    "text", ["${rows.gone}", "${rows.node[0].gone}", "${value['gone']}", "${nothing}", "${1/0}", "<%", "% if x:\n"]
)
def test_a_broken_template_gives_way_to_the_default_page(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    pages = with_template(tmp_path, text)
    with caplog.at_level(logging.ERROR):
        view = instance(cells=[rated(SHARE, 0.1)], rows=[rows(NODE_TABLE, [("KIT", 0.1)])])
        html = pages.category(category_page(view), page())
    assert "The page of the module Demo could not be made" in html
    assert "10 %" in html
    assert "Traceback" not in html
    assert "the template of module Demo failed for instance errors" in caplog.text


def test_a_changed_template_is_read_again(tmp_path: Path) -> None:
    pages = with_template(tmp_path, "first")
    view = category_page(instance(cells=[rated(SHARE, 0.1)]))
    assert "first" in pages.category(view, page())
    path = tmp_path / "demo.mako"
    path.write_text("second", encoding="utf-8")
    path.touch()
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**9))
    assert "second" in pages.category(view, page())


def test_an_instance_that_stored_nothing_needs_no_template(tmp_path: Path) -> None:
    pages = with_template(tmp_path, "${value['share']}")
    html = pages.category(category_page(instance(status=-1.0, sentence="No answer.")), page())
    assert "could not be made" not in html


def test_a_row_with_a_name_leads_to_its_plot_and_says_where_its_other_numbers_do() -> None:
    columns = (Column("name", "text", "Node"), SHARE, Column("load", "number", "Load"))
    view = instance(rows=[rows(Table("node", "Nodes", columns, key="name"), [["a & b", 0.1, 3.0]])])
    html = str(page().tables(view))
    assert 'href="/plot/time/?curve_1=errors,node,$share,&amp;curve_1_filter_1=name,a%20%26%20b"' in html
    assert re.findall(r'data-column="(\w+)"', html) == ["share", "load"]


def test_rows_without_a_name_and_sites_without_plots_have_no_such_links() -> None:
    nameless = instance(rows=[rows(NODE_TABLE, [["a", 0.1]])])
    named = instance(rows=[rows(replace(NODE_TABLE, key="name"), [["a", 0.1]])])
    assert "/plot/time/" in str(page().tables(named))
    assert "/plot/time/" not in str(page().tables(nameless))
    assert "/plot/" not in str(page(plots=False).tables(named))
