"""Strips and curves: what they show, to whom they speak, and where they lead."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from fake_views import BERLIN, NOW, RUN, SHARE, category, day, instance, moment, page
from markupsafe import escape

from happyface.contract.columns import Column, Table
from happyface.contract.limits import Above, Limits
from happyface.model.views import Segment, Trend
from happyface.web.pages.links import Links
from happyface.web.pages.sparkline import draw_sparkline
from happyface.web.pages.strips import HEIGHT, MOST_LINKS, Strips, draw_strips
from happyface.web.pages.times import Clock

CLOCK = Clock(BERLIN, NOW, RUN.time)
HOSTILE = "<script>alert(1)</script>\"' onload=x"


def strips(segments: dict[str, list[Segment]], step: int = 15) -> Strips:
    """The strips of categories of these names."""
    return draw_strips([category(name) for name in segments], segments, moment(), Links("", BERLIN, step=step), CLOCK)


def paths(html: str) -> dict[str, str]:
    """The paths of a strip by their kind."""
    return dict(re.findall(r'<path class="(\w)" d="([^"]*)"', html))


def ends_of(path: str) -> list[tuple[float, float]]:
    """Where the parts of a path begin and end."""
    return [(float(x), float(x) + float(width)) for x, width in re.findall(r"M([\d.]+) \d+h([\d.]+)v", path)]


def test_all_calm_stretches_are_one_path_and_no_link() -> None:
    html = strips({"a": day(1.0, 0.9, 1.0, 0.7)}).of_category["a"]
    assert html.count("<path") == 1
    assert "<a " not in html


def test_a_stretch_of_trouble_leads_to_its_beginning_and_says_what_it_was() -> None:
    html = strips({"a & b": day(1.0, 0.0, 1.0, 1.0, sentence=HOSTILE)}, step=60).of_category["a & b"]
    assert 'href="/category/a%20%26%20b?date=2026-11-22&amp;time=00:30&amp;s=01:00"' in html
    assert f"<title>00:30–06:30 CET: unhappy, {escape(HOSTILE)}</title>" in html
    assert html.count("<a ") == 1


def test_the_kinds_differ_in_shape_too() -> None:
    found = paths(strips({"a": day(1.0, 0.5, 0.0, -1.0)}).of_category["a"])
    shapes = {kind: tuple(re.findall(r"M[\d.]+ (\d+)h[\d.]+v(\d+)", path)) for kind, path in found.items()}
    assert len(shapes) == len(set(shapes.values())) == 4
    assert all(int(top) + int(high) <= HEIGHT for shape in shapes.values() for top, high in shape)


def test_a_gap_between_runs_stays_empty() -> None:
    early, late = RUN.time - timedelta(hours=20), RUN.time - timedelta(hours=2)
    html = strips({"a": [Segment(early, early + timedelta(hours=1), 1.0), Segment(late, RUN.time, 1.0)]}).of_category[
        "a"
    ]
    (first, second) = ends_of(paths(html)["h"])
    assert (first, second[0]) == ((240, 300), 1320)


def test_a_young_category_begins_late_on_the_same_axis() -> None:
    drawn = strips({"old": day(), "new": day(1.0, 1.0)[1:]})
    assert ends_of(paths(drawn.of_category["old"])["h"])[0][0] == 0
    assert ends_of(paths(drawn.of_category["new"])["h"])[0][0] == 720


def test_a_change_in_the_run_that_is_shown_is_seen() -> None:
    html = strips({"a": [*day(), Segment(RUN.time, RUN.time, 0.0)]}).of_category["a"]
    begin, end = ends_of(paths(html)["u"])[0]
    assert (begin, end) == (1440, 1455)
    assert "18:30 CET: unhappy" in html


def test_a_short_trouble_is_wide_enough_to_be_hit_and_stays_inside() -> None:
    html = strips({"a": [Segment(RUN.time - timedelta(hours=3), RUN.time - timedelta(hours=2, minutes=59), 0.0)]})
    begin, end = ends_of(paths(html.of_category["a"])["u"])[0]
    assert end - begin >= 5
    assert end <= 1455


def test_a_restless_category_has_few_links_and_shows_all_the_same() -> None:
    html = strips({"a": day(*([0.0, 0.5] * 100))}).of_category["a"]
    assert html.count("<a ") == MOST_LINKS
    assert len(re.findall("M", html)) == 100 * 3 + 100 * 2


def test_many_categories_share_the_links() -> None:
    many = strips({f"c{number}": day(*([0.0, 0.5] * 6)) for number in range(500)})
    assert sum(html.count("<a ") for html in many.of_category.values()) <= 2000


def test_plots_that_are_missing_are_trouble_in_a_strip() -> None:
    plots = [category("p", type="plots")]
    html = draw_strips(plots, {"p": day(1.0, -1.0)}, moment(), Links("", BERLIN), CLOCK).of_category["p"]
    assert set(paths(html)) == {"h", "u"}
    assert "not available" in html


def test_a_site_without_runs_has_empty_strips() -> None:
    assert "<path" not in strips({"a": []}).of_category["a"]


def test_hours_stand_at_their_places() -> None:
    drawn = strips({"a": day()})
    labels = dict(re.findall(r'<text x="([\d.]+)%"[^>]*>(\d\d:00)</text>', drawn.hours))
    places = {label: float(place) for place, label in labels.items()}
    assert list(places) == ["21:00", "00:00", "03:00", "06:00", "09:00", "12:00", "15:00"]
    assert places["00:00"] == pytest.approx(100 * 330 / 1455, abs=0.01)
    assert drawn.begin == (RUN.time - timedelta(days=1)).timestamp()
    assert drawn.seconds == 1455 * 60


def points(*values: float | None) -> list[tuple[float, float | None]]:
    """A trend of a value every 15 minutes, up to the run."""
    return [(RUN.time.timestamp() - 900 * back, value) for back, value in enumerate(reversed(values))][::-1]


def curve(*values: float | None, limits: Limits = SHARE.limits) -> str:
    return draw_sparkline(SHARE.label, Trend(SHARE, points(*values)), limits, RUN.time)


def test_a_sparkline_shows_its_limits_and_speaks() -> None:
    html = curve(0.2, 0.3, 0.6)
    assert 'class="limit neutral"' in html
    assert 'class="limit unhappy"' in html
    assert "Failures in the last 24 hours: from 20 % to 60 %, at the end 60 %, warning at 25 %" in html


def test_a_sparkline_takes_the_limits_of_the_configuration() -> None:
    view = instance(trends=[Trend(SHARE, points(0.2, 0.3))], outline={"limits": {"": {"share": Above(critical=0.4)}}})
    html = page().sparkline(view)
    assert "warning" not in html
    assert "critical at 40 %" in html


def test_every_column_that_asks_for_it_has_its_curve() -> None:
    jobs = Column("jobs", "integer", "Jobs", chart=True)
    view = instance(trends=[Trend(SHARE, points(0.2, 0.3)), Trend(jobs, points(5, 7)), Trend(jobs, points(None))])
    assert re.findall(r"<figcaption>(\w+), last 24 h", page().body(view)) == ["Failures", "Jobs"]
    assert re.findall(r"<figcaption>(\w+), last 24 h", page().sparkline(view, "jobs")) == ["Jobs"]


def test_a_limit_is_named_at_its_line_and_the_curve_in_figures() -> None:
    html = page().sparkline(instance(trends=[Trend(SHARE, points(0.2, 0.6, None, 0.3))]))
    assert re.findall(r'<text class="(\w+)" x="(\w+%?)"[^>]*>([^<]+)<', html) == [
        ("neutral", "0", "warning 25 %"),
        ("unhappy", "100%", "critical 50 %"),
    ]
    assert "<small>min 20 % · max 60 % · now 30 %</small>" in html
    assert "now not known" in page().sparkline(instance(trends=[Trend(SHARE, points(0.2, 0.6, None))]))


def test_the_curve_of_a_row_has_its_name_and_leads_to_its_plot() -> None:
    table = Table("pool", "Pools", (Column("name", "text", "Name"), SHARE), key="name")
    html = page().sparkline(instance(trends=[Trend(SHARE, points(0.2, 0.3), table, "a&b")]))
    assert "<figcaption>a&amp;b: Failures, last 24 h" in html
    assert re.search(r'href="/plot/time/\?curve_1=\w+,pool,\$share,&amp;curve_1_filter_1=name,a%26b"', html)


def test_a_template_shows_the_image_of_a_plot_which_leads_to_it() -> None:
    show = page()
    html = show.plot_image("curve_1=jobs,,$running,all jobs&span=week", "Jobs <now>")
    address = "/plot/time/{}?curve_1=jobs,,$running,all%20jobs&amp;span=week"
    size = "&amp;width=640&amp;height=320"
    assert f'<a href="{address.format("")}">' in html
    assert f'<img src="{address.format("img")}{size}" alt="Plot: Jobs &lt;now&gt;"' in html
    assert f'srcset="{address.format("img")}{size}&amp;dark=1"' in html
    past = replace(show, links=show.links.at(RUN.time)).plot_image("curve_1=jobs,,$running,", "Jobs")
    assert re.search(r'<a href="[^"]+&amp;end_date=2026-\d\d-\d\d&amp;end_time=\d\d:\d\d">', past)
    assert not replace(show, links=replace(show.links, plots=False)).plot_image("curve_1=jobs,,$running,", "Jobs")


def test_a_value_holds_until_the_next_one() -> None:
    path = curve(0.0, 1.0, limits=Limits()).partition('class="curve" d="')[2].partition('"')[0]
    assert re.fullmatch(r"M237\.5 45\.0H240\.0V3\.0", path)


def test_a_sparkline_breaks_where_nothing_is_known() -> None:
    path = curve(1, 2, 1, None, 2, 1).partition('class="curve"')[2]
    assert path.count("M") == 2
    begun_now = curve(1, 2, None, 2).partition('class="curve" d="')[2].partition('"')[0]
    assert begun_now.endswith("h0")


@pytest.mark.parametrize("values", [(), (1.0,), (None, None)])
def test_no_curve_no_drawing(values: tuple[float | None, ...]) -> None:
    assert not curve(*values)
    assert not page().sparkline(instance(trends=[Trend(SHARE, points(*values))]))


@pytest.mark.parametrize("values", [(0.0, 0.0), (5.0, 5.0), (-3.0, -3.0), (1e300, -1e300)])
def test_a_flat_or_steep_curve_is_drawn_inside(values: tuple[float, ...]) -> None:
    html = curve(*values, limits=Above(critical=1.0))
    assert all(0 <= float(y) <= 48 for y in re.findall(r"(?:V|M[\d.]+ )([-\d.]+)", html.partition("curve")[2]))
