"""The addresses of plots of one run: page, image, data; what is wrong with them; what readers may not see."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from visiting import NOON, Client, write_site

from happyface.acquire.run import cycle
from happyface.model.access import Reader
from happyface.site.live import LiveSite
from happyface.web.app import create_app

HOSTILE = "<script>x"
MODULE = '''
from datetime import datetime

from happyface import Above, Bars, Histogram, Module, Result, Scatter, column

class Rows(Module):
    """Nodes by load."""
    class Node(Module.Row, key="name", charts=[Bars("load"), Histogram("load"), Scatter("load", "jobs")]):
        """Nodes"""
        name: str
        load: float = column(limits=Above(critical=9))
        jobs: int | None
    class Word(Module.Row):
        word: str
    class Plain(Module.Row, key="name"):
        name: str
        size: int
    def extract(self) -> Result:
        first = self.now.minute == 0
        load = 1.0 if first else 3.0
        names = ["<script>x", *(f"node{n:02}" for n in range(1, 60))]
        nodes = [self.Node(name=name, load=load + n / 100, jobs=n or None) for n, name in enumerate(names)]
        return Result(None, nodes, [self.Word(word="a")], [self.Plain(name="a", size=1)] if first else [])
'''


def write(root: Path) -> Path:
    site = write_site(root)
    (site / "modules/rows.py").write_text(MODULE)
    modules = site / "config/modules-enabled/all.cfg"
    modules.write_text(f"{modules.read_text()}[vault]\nmodule = rows\naccess = restricted\n")
    categories = site / "config/categories-enabled/all.cfg"
    categories.write_text(categories.read_text().replace("unsaid\n", "unsaid, vault\n"))
    return site


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A site with two runs; in the second the load is higher."""
    found = LiveSite(write(tmp_path_factory.mktemp("site")))
    for number in range(2):
        cycle(found.site, found.store, NOON + number * timedelta(minutes=15))
    yield found
    found.close()


@pytest.fixture(scope="module")
def ask(live: LiveSite) -> Client:
    """A visitor who is no member."""
    return Client(create_app(live))


NODES = "instance=table&table=node"


def test_the_page_shows_the_first_chart_that_is_declared_and_its_values(ask: Client) -> None:
    page = ask(f"/plot/custom/?{NODES}").text
    assert "<h1>Load by name</h1>" in page
    assert 'aria-label="Load by name: 60 bars; Load from 3 (&lt;script&gt;x) to 3.59 (node59)' in page
    assert "Nodes, run of 2026-07-01 12:15 CEST" in page
    assert '<td class="number">3.59</td>' in page
    assert "<script>x" not in page


def test_the_page_can_be_put_back_to_any_moment_and_keeps_what_it_shows(ask: Client) -> None:
    page = ask(f"/plot/custom/?{NODES}&type=histogram&y=load&date=2026-07-01&time=12:00").text
    assert "run of 2026-07-01 12:00 CEST" in page
    assert "60 rows from 1 to 1.6" in page
    forward = unescape(re.findall(r'href="([^"]*)" aria-label="15 min forward"', page)[0])
    assert forward.startswith(f"/plot/custom/?{NODES}&type=histogram&y=load")
    machine = page.partition('class="time-machine"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="type" value="histogram">' in machine


def test_what_the_page_leads_to_is_there(ask: Client) -> None:
    page = ask(f"/plot/custom/?{NODES}&type=scatter&x=load&y=jobs&date=2026-07-01&time=12:00").text
    addresses = {unescape(address) for address in re.findall(r'href="(/[^"#]*)', page) if "/static/" not in address}
    parts = {address.partition("?")[0] for address in addresses}
    assert {"/plot/custom/img", "/plot/custom/data", "/plot/time/", "/category/second"} <= parts
    assert {address: ask(address).status for address in sorted(addresses)} == dict.fromkeys(sorted(addresses), 200)
    assert all(
        "time=12:00" in address
        for address in addresses
        if address.startswith(("/plot/custom/img", "/plot/custom/data"))
    )


def test_forms_without_scripts_offer_all_rows_with_numbers_and_draw_what_is_chosen(ask: Client) -> None:
    page = ask("/plot/custom/").text
    assert re.findall(r'<option value="([^"]*,[^"]*)"', page) == ["table,node", "table,plain"]
    chosen = ask("/plot/custom/?rows=table,node").text
    assert "<h1>Load by name</h1>" in chosen
    assert '<input type="checkbox" name="y_1" value="load" checked>' in chosen
    drawn = ask(f"/plot/custom/?{NODES}&type=stacked&y_1=load&y_2=jobs&x=name&bins=").text
    assert "<h1>Load and jobs by name</h1>" in drawn
    assert 'name="y_2" value="jobs" checked' in drawn


def test_images_and_data_are_of_the_run_of_their_moment(ask: Client) -> None:
    found = json.loads(ask(f"/plot/custom/data?{NODES}&y=load&date=2026-07-01&time=12:05").text)
    assert (found["run"], found["bars"][0]["heights"]) == ({"id": 1, "time": int(NOON.timestamp())}, [1.0])
    csv = ask(f"/plot/custom/data?{NODES}&type=scatter&x=load&y=jobs&format=csv")
    assert csv.text.splitlines()[:2] == ["Name,Load,Jobs", "node01,3.01,1.0"]
    assert csv.headers["Content-Disposition"] == 'attachment; filename="plot.csv"'
    for format, kind in (("png", "image/png"), ("svg", "image/svg+xml"), ("pdf", "application/pdf")):
        image = ask(f"/plot/custom/img?{NODES}&format={format}")
        assert (image.status, image.headers["Content-Type"]) == (200, kind)
        assert ask(f"/plot/custom/img?{NODES}&format={format}", if_none_match=image.headers["ETag"]).status == 304


def test_filters_choose_rows(ask: Client) -> None:
    found = json.loads(ask(f"/plot/custom/data?{NODES}&filter_1=name,node07&filter_2=name,node09&y=jobs").text)
    assert [(bar["name"], bar["heights"]) for bar in found["bars"]] == [("node07", [7.0]), ("node09", [9.0])]
    assert found["notes"] == []
    assert "No row has a value to show here." in ask(f"/plot/custom/?{NODES}&filter_1=name,nobody").text


def test_texts_of_others_stay_texts(ask: Client) -> None:
    image = ask(f"/plot/custom/img?{NODES}&format=svg&filter_1=name,{HOSTILE}&title={HOSTILE}").text
    assert HOSTILE not in image
    assert image.count("&lt;script&gt;x") == 2


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("instance=tabel", 404, "There is no instance 'tabel' in this run; did you mean 'table'?"),
        (
            "instance=table",
            404,
            "table has several tables of rows, so name one in this run; there are node, word, plain.",
        ),
        ("instance=good", 404, "good has no rows in this run."),
        ("instance=table&table=nodes", 404, "table has no rows 'nodes' in this run; did you mean 'node'?"),
        (f"{NODES}&type=pie", 400, "there is no 'pie'; there are bars, stacked, histogram, scatter."),
        (f"{NODES}&y=lod", 400, "there is no column 'lod'; did you mean 'load'?"),
        (f"{NODES}&y=name", 400, "the column 'name' is not a number; numbers are: load, jobs."),
        (f"{NODES}&type=scatter&y=load", 400, "a scatter has two columns: x=COLUMN and y=COLUMN."),
        (f"{NODES}&width=100000", 400, "width=100000: expected is a whole number from 100 to 4000."),
        (f"{NODES}&bins=-3", 400, "bins=-3"),
        (f"{NODES}&filter_1=nme,a", 400, "there is no column 'nme'; did you mean 'name'?"),
        (f"{NODES}&format=gif", 400, ""),
        ("instance=table&table=word", 400, "the rows 'word' have no number"),
        (f"{NODES}&date=yesterday", 400, "yesterday"),
        ("instance=%00%ff&table=%3Cscript%3E", 404, "There is no instance"),
    ],
)
@pytest.mark.parametrize("part", ["", "img", "data"])
def test_what_cannot_be_drawn_is_said_in_a_sentence(
    ask: Client, part: str, query: str, status: int, sentence: str
) -> None:
    answer = ask(f"/plot/custom/{part}?{query}")
    assert answer.status == (200 if not part and "gif" in query else status)
    assert sentence in unescape(answer.text)
    assert "Traceback" not in answer.text
    assert "<script>" not in answer.text


def test_an_image_or_data_of_no_instance_says_so(ask: Client) -> None:
    for part in ("img", "data"):
        answer = ask(f"/plot/custom/{part}")
        assert answer.status == 400
        assert "it names no instance; write instance=NAME" in unescape(answer.text)
    assert ask(f"/plot/custom/img?{NODES}&format=csv").status == 400
    assert ask(f"/plot/custom/data?{NODES}&format=png").status == 400


def test_a_run_without_rows_is_an_empty_chart(ask: Client) -> None:
    assert "<h1>Size by name</h1>" in ask("/plot/custom/?instance=table&table=plain").text
    assert "No row has a value to show here." in ask("/plot/custom/?instance=table&table=plain").text
    assert ask("/plot/custom/img?instance=table&table=plain").status == 200
    assert json.loads(ask("/plot/custom/data?instance=table&table=plain").text)["bars"] == []


@pytest.mark.parametrize("part", ["", "img", "data"])
def test_what_a_reader_may_not_see_is_as_what_there_is_not(ask: Client, live: LiveSite, part: str) -> None:
    locked, unknown = (ask(f"/plot/custom/{part}?instance={name}&table=node") for name in ("vault", "zzzzz"))
    assert locked.status == unknown.status == 404
    assert locked.text.replace("vault", "zzzzz") == unknown.text
    assert "node07" not in locked.text
    member = Client(create_app(live, lambda: Reader(member=True)))
    assert member(f"/plot/custom/{part}?instance=vault&table=node").status == 200


def test_without_a_run_there_is_a_sentence(tmp_path: Path) -> None:
    live = LiveSite(write(tmp_path))
    ask = Client(create_app(live))
    assert "There is no run yet" in ask(f"/plot/custom/?{NODES}").text
    for part in ("img", "data"):
        assert ask(f"/plot/custom/{part}?{NODES}").status == 404
        assert "There is no run yet." in ask(f"/plot/custom/{part}?{NODES}").text
    live.close()


def test_plots_of_one_run_can_be_switched_off(tmp_path: Path) -> None:
    root = write(tmp_path)
    (root / "config/plots.cfg").write_text("[plotgenerator]\nenabled = false\n")
    live = LiveSite(root)
    cycle(live.site, live.store, NOON)
    ask = Client(create_app(live))
    for part in ("", "img", "data"):
        answer = ask(f"/plot/custom/{part}?{NODES}")
        assert (answer.status, "has switched them off" in answer.text) == (404, True)
    card = ask("/instance/table/1").text
    assert 'class="row-chart" role="img"' in card
    assert "/plot/" not in card
    live.close()


def test_the_charts_of_a_table_stand_on_its_card_and_lead_to_their_page(ask: Client) -> None:
    card = ask("/instance/table/2").text
    assert [
        label.partition(":")[0] for label in re.findall(r'class="row-chart" role="img" aria-label="([^"]*)"', card)
    ] == [
        "Load by name",
        "Nodes by load",
        "Jobs over load",
    ]
    assert card.index("row-charts") < card.index('id="table--node"')
    leading = [unescape(each) for each in re.findall(r'<a href="(/plot/custom/[^"]*)"><div', card)]
    assert leading == [
        f"/plot/custom/?{NODES}&type=bars&x=name&y=load",
        f"/plot/custom/?{NODES}&type=histogram&y=load",
        f"/plot/custom/?{NODES}&type=scatter&x=load&y=jobs",
    ]
    titles = [re.findall(r"<h1>(.*?)</h1>", ask(address).text)[0] for address in leading]
    assert titles == ["Load by name", "Nodes by load", "Jobs over load"]


def test_the_charts_of_a_card_show_more_rows_than_its_table(ask: Client) -> None:
    card = ask("/instance/table/2").text
    assert "Load by name: 60 bars" in card
    assert card.partition('id="table--node"')[2].count('<th scope="row">') == 25 + 1  # and the word of the next table
    assert "Show all 60 rows" in card


def test_charts_of_a_page_of_the_past_keep_its_moment(ask: Client) -> None:
    card = ask("/instance/table/1?date=2026-07-01&time=12:00").text
    assert "from 1 (&lt;script&gt;x) to 1.59 (node59)" in card
    assert "y=load&amp;date=2026-07-01&amp;time=12:00" in card


def test_charts_of_an_older_run_that_is_asked_for_by_its_number_lead_to_that_run(ask: Client) -> None:
    address = re.findall(r'<a href="(/plot/custom/[^"]*)"><div', ask("/instance/table/1").text)[0]
    assert "run of 2026-07-01 12:00 CEST" in ask(unescape(address)).text


def test_tables_with_numbers_lead_to_a_chart_and_so_does_the_information_panel(ask: Client) -> None:
    card = ask("/instance/table/1").text
    address = "/plot/custom/?instance=table&amp;table=plain&amp;date=2026-07-01&amp;time=12:00"
    assert f'<a class="to-chart" href="{address}" aria-label="Chart of Plain">' in card
    assert "table=word" not in card
    assert 'time=12:00">plot of its Nodes in this run</a>' in card
