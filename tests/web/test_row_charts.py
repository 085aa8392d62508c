"""Drawings of charts on cards: what they show and say, where their limits lie, and what they never contain."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from fake_views import category_page, instance, page, rows
from hypothesis import given
from hypothesis import strategies as st

from happyface.contract.charts import Bars, Chart, Histogram, Scatter
from happyface.contract.columns import Cell, Column, Table
from happyface.contract.limits import Above
from happyface.model.outline import ModuleOutline
from happyface.model.views import InstanceView
from happyface.web.pages.rendering import Pages

HOSTILE = "<script>alert(1)</script>\"' onload=x"
COLUMNS = (
    Column("name", "text", "Node"),
    Column("load", "number", "Load", limits=Above(warning=6, critical=8)),
    Column("jobs", "integer", "Jobs"),
)
TOP, HEIGHT = 14, 120
"""Of the field of a drawing on a card, in pixels."""


def view(chart: Chart, values: Sequence[Sequence[Cell]], total: int | None = None, **outline: object) -> InstanceView:
    """An instance whose rows have a chart."""
    table = Table("node", "Nodes", COLUMNS, key="name", charts=(chart,))
    module = ModuleOutline("Demo", "", {"node": table})
    return instance(rows=[rows(table, values, total)], module=module, outline=outline)


def drawn(chart: Chart, values: Sequence[Sequence[Cell]], **outline: object) -> str:
    return str(page().chart(view(chart, values, **outline), "node"))


def ys(html: str, kind: str) -> list[float]:
    return [float(y) for y in re.findall(rf'class="{kind}"[^>]* y1="([\d.]+)"', html)]


LOADS = Bars("load", by="name")


def test_a_bar_is_as_high_as_its_value_and_limits_lie_where_they_are() -> None:
    html = drawn(LOADS, [["a", 10, 1], ["b", 5, 1]])
    heights = [float(height) for height in re.findall(r'<rect class="k1"[^>]* height="([\d.]+)"', html)]
    assert heights == [HEIGHT, HEIGHT / 2]
    assert ys(html, "limit neutral") == [TOP + HEIGHT * 0.4]
    assert ys(html, "limit unhappy") == [TOP + HEIGHT * 0.2]
    assert "warning ≥ 6</text>" in html
    assert "critical ≥ 8</text>" in html


def test_limits_of_the_instance_take_the_place_of_the_columns() -> None:
    html = drawn(LOADS, [["a", 10, 1], ["b", 5, 1]], limits={"node": {"load": Above(critical=5)}})
    assert ys(html, "limit unhappy") == [TOP + HEIGHT * 0.5]
    assert "warning" not in html


def test_labels_of_limits_do_not_lie_upon_each_other() -> None:
    close = {"node": {"load": Above(warning=9.9, critical=10)}}
    html = drawn(LOADS, [["a", 10, 1], ["b", 5, 1]], limits=close)
    places = [float(y) for y in re.findall(r'<text class="(?:neutral|unhappy)" x="100%" y="([\d.]+)"', html)]
    assert abs(places[0] - places[1]) >= 11


def test_a_chart_says_what_it_shows_and_what_it_does_not() -> None:
    html = drawn(LOADS, [["a", 10, 1], ["b", 5, 1], ["c", None, 1]])
    label = unescape(re.findall(r'aria-label="([^"]*)"', html)[0])
    assert label == (
        "Load by node: 2 bars; Load from 5 (b) to 10 (a); warning ≥ 6; critical ≥ 8. 1 of 3 rows have no value of Load."
    )
    assert "1 of 3 rows have no value of Load.</span>" in html
    assert "<title>a: Load 10</title>" in html


def test_several_columns_have_a_legend_and_their_own_colours() -> None:
    html = drawn(Bars("load", "jobs", by="name", stacked=True), [["a", 3, 1], ["b", 5, 1]])
    assert re.findall(r'<i class="k(\d)"></i>(\w+)', html) == [("1", "Load"), ("2", "Jobs")]
    assert re.findall(r'<rect class="k(\d)"', html) == ["1", "2", "1", "2"]
    assert "limit" not in html


def test_what_is_negative_hangs_down_from_a_stack() -> None:
    html = drawn(Bars("load", "jobs", by="name", stacked=True), [["a", 3, -2], ["b", -1, -1]])
    pieces = re.findall(r'<rect class="k\d"[^>]* y="([\d.]+)"[^>]* height="([\d.]+)"', html)
    zero, one = TOP + HEIGHT * 3 / 5, HEIGHT / 5
    expected = [(TOP, 3 * one), (zero, 2 * one), (zero, one), (zero + one, one)]
    assert [(float(y), float(height)) for y, height in pieces] == expected


def test_short_names_lie_below_their_bars_and_long_ones_stand() -> None:
    assert "rotate" not in drawn(LOADS, [["a", 1, 1], ["b", 2, 1]])
    long = drawn(LOADS, [[f"f01-032-{number:03}", number, 1] for number in range(12)])
    assert long.count("rotate(-90)") == 12
    assert "rotate" not in drawn(LOADS, [[f"f01-032-{number:03}", number, 1] for number in range(60)])


def test_numbers_of_rows_are_whole_beside_a_histogram() -> None:
    html = drawn(Histogram("load"), [["a", 1, 1], ["b", 2, 1]])
    scale = re.findall(r'text-anchor="end">([^<]*)</text>', html.partition('class="field"')[0])
    assert scale == ["0", "1"]


def test_a_chart_of_one_row_or_of_none_is_no_chart() -> None:
    assert drawn(LOADS, [["a", 1, 1]]) == ""
    assert drawn(LOADS, [["a", None, 1], ["b", None, 1]]) == ""
    assert str(page().chart(view(LOADS, [["a", 1, 1]] * 2), "nodes")) == ""


@pytest.mark.parametrize("chart", [LOADS, Histogram("load"), Scatter("jobs", "load")])
def test_names_of_others_stay_texts(chart: Chart) -> None:
    html = drawn(chart, [[HOSTILE, 1, 1], ["b", 2, 3]])
    assert "<script" not in html
    assert "\"' onload" not in html


@given(
    st.sampled_from([LOADS, Bars("load", "jobs", by="name", stacked=True), Histogram("load"), Scatter("jobs", "load")]),
    st.lists(st.tuples(st.floats(-1e99, 1e99), st.integers(-(10**18), 10**18)), min_size=2, max_size=30),
)
def test_nothing_is_drawn_outside_of_the_drawing(chart: Chart, values: list[tuple[float, int]]) -> None:
    html = drawn(chart, [[f"n{number}", *pair] for number, pair in enumerate(values)])
    assert "nan" not in html.replace("nano", "")
    assert "inf" not in html
    for x, y, width, height in re.findall(
        r'<rect[^>]* x="([-\d.]+)%" y="([-\d.]+)" width="([-\d.]+)%" height="([-\d.]+)"', html
    ):
        assert 0 <= float(x) <= float(x) + float(width) <= 100.1
        assert TOP - 0.6 <= float(y) <= float(y) + float(height) <= TOP + HEIGHT + 0.6
    for x, y in re.findall(r'cx="([-\d.]+)%" cy="([-\d.]+)"', html):
        assert 0 <= float(x) <= 100
        assert TOP - 0.1 <= float(y) <= TOP + HEIGHT + 0.1


def test_a_modules_own_template_may_draw_the_charts(tmp_path: Path) -> None:
    template = tmp_path / "demo.mako"
    template.write_text("<p>Mine</p>${show.chart(instance, 'node')}", encoding="utf-8")
    html = Pages({"Demo": template}).category(category_page(view(LOADS, [["a", 1, 1], ["b", 2, 1]])), page())
    assert '<p>Mine</p><div class="row-charts">' in html
    assert "Load by node: 2 bars" in html


def test_more_rows_than_a_card_shows_are_drawn() -> None:
    many = [[f"n{number}", number, 1] for number in range(60)]
    few = view(LOADS, many[:25], 60)
    assert "These are the first 25 of 60 rows." in str(page().chart(few, "node"))
    known = replace(few, rows=[replace(few.rows[0], charted=many)])
    html = str(page().chart(known, "node"))
    assert "60 bars" in html
    assert "These are the first" not in html
