"""The addresses of plots: page, image, data, what there is to pick from; and what readers may not see."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from visiting import NOON, Client, write_site

from happyface.acquire.run import cycle
from happyface.plots.colours import DARK, LIGHT
from happyface.site.live import LiveSite
from happyface.web.app import create_app

SPAN = "start_date=2026-07-01&start_time=11:55&end_date=2026-07-01&end_time=12:45"
BAD = f"curve_1=bad,,$value,&{SPAN}"


def test_the_data_of_a_plot_are_its_curves_with_limits_statuses_and_the_way_to_their_category(ask: Client) -> None:
    plot = json.loads(ask(f"/plot/time/data?{BAD}").text)
    (curve,) = plot["curves"]
    assert curve["mean"] == [1, 50, 50]
    assert (curve["instance"], curve["category"], curve["label"]) == ("bad", "first", "bad: Value")
    assert [marker["face"] for marker in plot["markers"]] == ["unhappy"]
    assert plot["live"] is False


def test_data_come_as_a_table_in_full_too(ask: Client) -> None:
    answer = ask(f"/plot/time/data?{BAD}&format=csv&full=1")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert [line.split(",")[-1] for line in answer.text.splitlines()[1:]] == ["1.0", "50.0", "50.0"]


def test_the_page_names_its_curves_and_its_span_and_loads_the_script_of_plots_alone(ask: Client) -> None:
    page = ask(f"/plot/time/?{BAD}").text
    assert "<h1>bad: Value</h1>" in page
    assert "2026-07-01 11:55 CEST to 2026-07-01 12:45 CEST" in page
    assert "bundle/plot.js" in page
    assert "bundle/plot.js" not in ask("/category/first").text


@pytest.mark.parametrize("path", ["/plot/time", "/plot/time/"])
def test_without_curves_the_page_offers_numbers_to_pick(ask: Client, path: str) -> None:
    page = ask(path)
    assert page.status == 200
    assert "<h1>Plots</h1>" in page.text
    assert '<option value="good,,$value,">' in page.text


@pytest.mark.parametrize(
    "query",
    [
        "curve_1=bad,,$value,&width=100000",
        "curve_1=bad,,$value +,",
        "curve_1=,,$value,",
        "start_date=2026-07-02&end_date=2026-07-01",
        "start_date=yesterday",
        "&".join(f"curve_{number}=bad,,$value," for number in range(200)),
    ],
)
@pytest.mark.parametrize("part", ["", "img", "data"])
def test_what_cannot_be_drawn_is_said_in_a_sentence(ask: Client, part: str, query: str) -> None:
    answer = ask(f"/plot/time/{part}?{quote(query, safe='=&')}")
    assert answer.status == 400
    assert "The address asks for what cannot be drawn: " in answer.text
    assert "Traceback" not in answer.text


def test_an_image_is_not_data_nor_data_an_image(ask: Client) -> None:
    assert ask(f"/plot/time/img?{BAD}&format=csv").status == 400
    assert ask(f"/plot/time/data?{BAD}&format=png").status == 400


def test_a_span_without_data_says_from_when_to_when_there_are_some(ask: Client) -> None:
    plot = json.loads(ask("/plot/time/data?curve_1=bad,,$value,&start_date=2020-01-01&end_date=2020-01-02").text)
    assert plot["recorded"] == {"begin": NOON.timestamp(), "end": (NOON + timedelta(minutes=30)).timestamp()}


def test_the_choices_are_those_of_the_reader_by_category(ask: Client) -> None:
    found = json.loads(ask("/plot/choices").text)
    assert [category["name"] for category in found["categories"]] == ["first", "second"]
    names = {each["name"]: each for category in found["categories"] for each in category["instances"]}
    assert "secret" not in names
    tables = {table["name"]: table for table in found["tables"][names["table"]["tables"]]}
    assert [column["name"] for column in tables[""]["columns"]] == ["", "count"]
    assert [column["name"] for column in tables["node"]["columns"]] == ["load"]


@pytest.mark.parametrize("name", ["secret", "hidden_one"])
def test_what_a_reader_may_not_see_is_as_what_there_is_not(ask: Client, name: str) -> None:
    locked, unknown = (
        json.loads(ask(f"/plot/time/data?curve_1={named},,$value,&{SPAN}").text)["curves"][0]
        for named in (name, "x" * len(name))
    )
    assert set(locked["mean"]) == {None}
    assert locked["problem"].replace(name, "x" * len(name)) == unknown["problem"] != ""
    assert ask(f"/plot/keys?instance={name}&table=x").text == '{"keys": []}'


def test_each_number_a_card_shows_leads_to_its_plot(ask: Client) -> None:
    card = ask("/category/first").text.partition('id="bad"')[2].partition("</article>")[0]
    assert '<a class="to-plot" href="/plot/time/?curve_1=bad,,$value,"' in card
    assert 'href="/plot/time/?curve_1=bad,,,">plot of its status</a>' in card
    address = unescape(re.findall(r'href="(/plot/time/[^"]*)"', card)[0])
    assert ask(address).status == 200


def test_plots_from_a_page_of_the_past_end_at_its_moment(ask: Client) -> None:
    card = ask("/category/first?date=2026-07-01&time=12:15").text
    assert "curve_1=bad,,$value,&amp;span=day&amp;end_date=2026-07-01&amp;end_time=12:15" in card


def test_curves_have_the_same_colours_on_the_page_and_in_images() -> None:
    css = (Path(__file__).parents[2] / "frontend/src/tokens.css").read_text()
    of_page = re.findall(r"--curve-\d: (#[0-9a-f]{6});", css)
    assert tuple(of_page) == LIGHT.curves + DARK.curves


def test_the_script_and_the_styles_of_plots_are_small(ask: Client) -> None:
    sizes = [len(ask(f"/static/bundle/plot.{kind}", accept_encoding="gzip").body) for kind in ("js", "css")]
    assert min(sizes) > 500
    assert sum(sizes) <= 40_000


@pytest.fixture
def ask_without_plots(tmp_path: Path) -> Iterator[Client]:
    """A visitor of a site that has no plots."""
    root = write_site(tmp_path)
    (root / "config/plots.cfg").write_text("[plotgenerator]\nenabled = false\n")
    live = LiveSite(root)
    cycle(live.site, live.store, NOON)
    yield Client(create_app(live))
    live.close()


def test_plots_can_be_switched_off(ask_without_plots: Client) -> None:
    for address in ("/plot/time/", "/plot/time/img", "/plot/time/data", "/plot/choices", "/plot/keys"):
        answer = ask_without_plots(address)
        assert answer.status == 404
        assert "has switched them off" in answer.text
    assert "/plot/" not in ask_without_plots("/category/first").text


def test_images_of_the_past_are_drawn_once_and_not_sent_twice(ask: Client) -> None:
    pytest.importorskip("matplotlib")
    first = ask(f"/plot/time/img?{BAD}")
    assert (first.status, first.headers["Content-Type"]) == (200, "image/png")
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert ask(f"/plot/time/img?{BAD}", if_none_match=first.headers["ETag"]).status == 304
