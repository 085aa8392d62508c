"""What else moved, as a page and as JSON: what it says, to whom, and of which bad input."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from visiting import NOON, Answer, Client, write_site

from happyface.acquire.run import cycle
from happyface.model.access import ANONYMOUS, Reader
from happyface.model.series import Span, TwoSpans
from happyface.site.live import LiveSite
from happyface.store import Store
from happyface.web.app import create_app

MEMBER = Reader(member=True)
VALUES = (1, 1, 2, 1, 1, 50, 60, 50, *[50] * 9)
"""Of what is bad: from a quarter past one on it was much more."""
SPAN = "start_date=2026-07-01&start_time=13:15&end_date=2026-07-01&end_time=13:45"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site with runs from twelve to four o'clock; what is bad moved at a quarter past one. To be read only."""
    found = LiveSite(write_site(tmp_path_factory.mktemp("site")), patience=3600)
    for number, value in enumerate(VALUES):
        (found.root / "bad.json").write_text(json.dumps({"value": value}))
        cycle(found.site, found.store, NOON + number * timedelta(minutes=15))
    yield found
    found.close()


@pytest.fixture(scope="module")
def ask(live: LiveSite) -> Client:
    return Client(create_app(live))


@pytest.fixture(scope="module")
def ask_as_member(live: LiveSite) -> Client:
    return Client(create_app(live, lambda: MEMBER))


def test_as_json_what_moved_has_its_figures_its_sentence_and_its_plot(ask: Client) -> None:
    answer = ask(f"/api/v1/moved?{SPAN}")
    assert answer.headers["Content-Type"] == "application/json"
    found = json.loads(answer.text)
    begin = int((NOON + timedelta(minutes=75)).timestamp())
    assert (found["begin"], found["end"]) == (begin, begin + 1859)
    assert found["before_begin"] == begin - 4 * 1859
    (number,) = found["moved"]
    assert (number["instance"], number["category"], number["label"]) == ("bad", "first", "bad: Value")
    assert number["difference"] == 1
    assert number["before"] == {"mean": 1.2, "low": 1, "high": 2, "values": 5}
    assert number["now"] == {"mean": pytest.approx(160 / 3), "low": 50, "high": 60, "values": 3}
    assert number["since"] == begin
    assert number["sentence"] == (
        "Value of bad: 53.3 on average, 1.2 before; highest 60; first outside its former range at 13:15."
    )
    assert number["plot"] == (
        "http://127.0.0.1/plot/time/?curve_1=bad,,$value,&start_date=2026-07-01&start_time=11:11"
        "&end_date=2026-07-01&end_time=13:45"
    )


def test_the_plot_of_what_moved_shows_the_span_and_the_time_before_it(ask: Client) -> None:
    address = json.loads(ask(f"/api/v1/moved?{SPAN}").text)["moved"][0]["plot"].removeprefix("http://127.0.0.1")
    curve = json.loads(ask(address.replace("time/?", "time/data?")).text)["curves"][0]
    assert curve["mean"] == list(VALUES[:8])


def test_the_page_says_the_same_and_draws_it(ask: Client) -> None:
    page = ask(f"/plot/moved/?{SPAN}").words
    assert "2026-07-01 13:15 CEST to 2026-07-01 13:45 CEST, against the four times as long time before it" in page
    assert "Value of bad: 53.3 on average, 1.2 before; highest 60" in page
    assert "4 numbers were compared. One of them moved:" in page
    assert '<path class="marked"' in page
    assert "<small>from 1 to 60</small>" in page
    (address,) = set(re.findall(r'<a [^>]*href="(/plot/time/\?curve_1=bad[^"]*)"', page))
    assert ask(unescape(address)).status == 200


@pytest.mark.parametrize("part", ["/plot/moved/", "/api/v1/moved"])
def test_what_a_reader_may_not_see_is_not_among_what_moved(ask: Client, ask_as_member: Client, part: str) -> None:
    assert not re.search("secret|hidden_one", ask(f"{part}?{SPAN}").text)
    assert all(name in ask_as_member(f"{part}?{SPAN}").text for name in ("secret", "hidden_one"))
    assert not re.search("secret|hidden_one", ask(f"{part}?{SPAN}").text)  # not even when a member has asked


@pytest.mark.parametrize("name", ["secret", "hidden_one"])
def test_an_instance_that_a_reader_may_not_see_is_as_one_that_there_is_not(ask: Client, name: str) -> None:
    locked, unknown = (ask(f"/api/v1/moved?{SPAN}&near={near}") for near in (name, "x" * len(name)))
    assert (locked.status, unknown.status) == (400, 400)
    assert locked.text.replace(name, "x" * len(name)) == unknown.text


def test_who_asks_from_a_plot_sees_which_number_is_its_own_and_the_way_back(ask: Client) -> None:
    asked = f"curve_1=bad,,$value,&{SPAN}"
    assert json.loads(ask(f"/api/v1/moved?{asked}").text)["moved"][0]["own"] is True
    page = ask(f"/plot/moved/?{asked}").text
    assert "of the plot itself" in page
    back = re.findall(r'<a href="([^"]*)">back to the plot</a>', page)
    assert [unescape(address) for address in back] == [f"/plot/time/?{asked}"]
    assert '<input type="hidden" name="curve_1" value="bad,,$value,">' in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("start_date=2026-07-02&end_date=2026-07-01", "the plot would end (2026-07-01 23:59) before it starts"),
        ("start_date=9000-01-01&start_time=1200&end_date=9000-01-02", "it starts (9000-01-01 12:00)"),
        ("start_date=9000-01-01&end_date=9000-01-02&end_time=12:00", "the span begins in the future"),
        ("span=year", "31 days can be compared at most"),
        ("near=badd", "near: there is no instance 'badd'; did you mean 'bad'?"),
        ("limit=1000", "limit=1000: expected is a whole number from 1 to 50"),
        ("span=soon", "span: 'soon' is none of"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(ask: Client, query: str, sentence: str) -> None:
    data, page = ask(f"/api/v1/moved?{query}"), ask(f"/plot/moved/?{query}")
    assert (data.status, page.status) == (400, 400)
    assert json.loads(data.text)["error"].startswith("The address asks for what cannot be compared: ")
    assert sentence in json.loads(data.text)["error"]
    assert sentence in unescape(page.text)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "start_date=2026-07-01&start_time=13:45&end_date=2026-07-01&end_time=13:46",
            "The span is too short to compar",
        ),
        ("start_date=2020-07-01&end_date=2020-07-01", "There is something from 2026-07-01 12:00 to 2026-07-01 16:00."),
    ],
)
def test_where_nothing_can_be_compared_it_is_said_why(ask: Client, query: str, sentence: str) -> None:
    found = json.loads(ask(f"/api/v1/moved?{query}").text)
    assert (found["moved"], found["compared"]) == ([], 0)
    assert sentence in found["problem"]
    assert sentence in ask(f"/plot/moved/?{query}").text


def test_a_span_in_which_nothing_moved_says_so(ask: Client) -> None:
    page = ask("/plot/moved/?start_date=2026-07-01&start_time=15:30&end_date=2026-07-01&end_time=16:00")
    assert "4 numbers were compared. None of them moved." in page.text
    assert page.status == 200


def test_a_card_in_trouble_asks_what_moved_since_that_began(ask: Client) -> None:
    card = ask("/category/first?date=2026-07-01&time=13:45").text.partition('id="bad"')[2].partition("</article>")[0]
    (address,) = re.findall(r'<a href="([^"]*)">what else moved since this trouble began</a>', card)
    assert address == "/plot/moved/?near=bad&amp;span=1h&amp;end_date=2026-07-01&amp;end_time=13:45"
    assert "Value of bad: " in ask(unescape(address)).words
    assert "what else moved" not in ask("/category/second").text


def test_the_plot_page_leads_to_it_without_scripts_too(ask: Client) -> None:
    page = ask(f"/plot/time/?curve_1=bad,,$value,&{SPAN}").text
    (address,) = re.findall(r'<a href="([^"]*)">What else moved\?</a>', page)
    assert "Value of bad: " in ask(unescape(address)).words


def test_an_answer_is_computed_once_for_readers_with_the_same_rights(
    live: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Reader] = []
    monkeypatch.setattr(Store, "two_spans", _watched(lambda reader: asked.append(reader)))
    visitor = Client(create_app(live, lambda: Reader("somebody")))
    span = SPAN.replace("13:45", "13:40")
    first = visitor(f"/api/v1/moved?{span}")
    assert visitor(f"/api/v1/moved?{span}").body == first.body
    assert visitor(f"/api/v1/moved?{span}", if_none_match=first.headers["ETag"]).status == 304
    # Only what was found: around it the page tells how old the newest run is.
    found, again = (visitor(f"/plot/moved/?{span}").text.partition("<main")[2].partition("</main>") for _ in range(2))
    assert found[0] == again[0]
    assert found[1]
    assert len(asked) == 2  # for the JSON, and for the page


def _watched(watch: Callable[[Reader], object]) -> Callable[..., Iterator[TwoSpans]]:
    real = Store.two_spans

    def two_spans(store: Store, reader: Reader, span: Span, before: Span) -> Iterator[TwoSpans]:
        watch(reader)
        return real(store, reader, span, before)

    return two_spans


def test_few_may_wait_and_others_are_told_to_come_again(live: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold(reader: Reader) -> None:
        begun.set()
        go_on.wait(60)

    monkeypatch.setattr(Store, "two_spans", _watched(hold))
    app = create_app(live, lambda: ANONYMOUS)
    answers: list[Answer] = []
    refused = threading.Event()

    def visit(limit: int) -> None:
        answers.append(Client(app)(f"/api/v1/moved?{SPAN}&limit={limit}"))
        if answers[-1].status == 503:
            refused.set()

    threads = [threading.Thread(target=visit, args=(limit,)) for limit in range(1, 41)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    assert refused.wait(60)
    go_on.set()
    for thread in threads:
        thread.join(60)
    kinds = {answer.status for answer in answers}
    assert kinds == {200, 503}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status == 503)


def test_where_plots_are_switched_off_there_is_none(tmp_path: Path) -> None:
    root = write_site(tmp_path)
    (root / "config/plots.cfg").write_text("[plotgenerator]\nenabled = false\n")
    live = LiveSite(root)
    for number, value in enumerate((1, 50)):
        (root / "bad.json").write_text(json.dumps({"value": value}))
        cycle(live.site, live.store, NOON + number * timedelta(minutes=15))
    ask = Client(create_app(live))
    for address in (f"/plot/moved/?{SPAN}", f"/api/v1/moved?{SPAN}"):
        assert ask(address).status == 404
        assert "has switched them off" in ask(address).text
    assert "what else moved" not in ask("/category/first").text
    live.close()


def test_a_site_without_a_run_says_so(tmp_path: Path) -> None:
    live = LiveSite(write_site(tmp_path))
    ask = Client(create_app(live))
    assert "There is no run yet" in ask("/plot/moved/").text
    found = json.loads(ask("/api/v1/moved").text)
    assert found["problem"] == "There is no number that could have moved: nothing is stored of any."
    live.close()
