"""``happyface plot``: data and images of a real site's numbers, and what is said of what cannot be plotted."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from happyface.acquire.run import cycle
from happyface.cli import main
from happyface.site import read_site
from happyface.store import Store
from making import MakeSite

CURVE = ("--curve", "probe,,value")


@pytest.fixture
def site(make_site: MakeSite) -> Path:
    """A site with two runs, in which a restricted instance said 3 and 4."""
    root = make_site(
        {"value.json": '{"value": 3}'},
        instances="[probe]\nmodule = probe\nname = My probe\naccess = restricted\nsource = file:value.json\n",
        members="probe",
    )
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        for value, minutes in ((3, 30), (4, 15)):
            (root / "value.json").write_text(f'{{"value": {value}}}')
            cycle(site, store, datetime.now(UTC) - timedelta(minutes=minutes))
    return root


def plot(site: Path, *arguments: object) -> Result:
    return CliRunner().invoke(main, ["-C", str(site), "plot", *map(str, arguments)], catch_exceptions=False)


def test_data_come_to_standard_output_also_of_what_is_for_members_only(site: Path) -> None:
    done = plot(site, *CURVE, "--format", "csv", "--full")
    lines = list(csv.reader(io.StringIO(done.stdout)))
    assert done.exit_code == 0
    assert lines[0][4:] == ["My probe: Value"]
    assert [line[4] for line in lines[1:]] == ["3.0", "4.0"]


def test_the_ending_of_the_file_tells_the_format(site: Path, tmp_path: Path) -> None:
    done = plot(site, *CURVE, "-o", tmp_path / "plot.json")
    assert (done.exit_code, done.output) == (0, "")
    curve = json.loads((tmp_path / "plot.json").read_text())["curves"][0]
    assert curve["limits"][0] == {"value": 5.0, "face": "neutral", "label": "warning ≥ 5"}


def test_an_image(site: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert plot(site, *CURVE, "-o", tmp_path / "plot.png", "--dark", "--width", 300).exit_code == 0
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("front", ["https://monitor.example.org/plot/time/img?", ""])
def test_an_address_is_understood_and_options_go_before_it(site: Path, front: str) -> None:
    address = f"{front}curve_1=probe,,$value%20%2B%201,One+more&title=Theirs&format=json"
    found = json.loads(plot(site, "--address", address, "--title", "Mine").stdout)
    assert (found["title"], found["curves"][0]["label"]) == ("Mine", "One more")
    assert found["curves"][0]["mean"][-1] == 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "nothing to plot: name a curve, such as --curve INSTANCE,,COLUMN"),
        ((*CURVE, "--width", "100000"), "width=100000: expected is a whole number from 100 to 4000"),
        (("--curve", "probe,,value +"), "curve_1: 'value +' is not an expression"),
        ((*CURVE, "--start-date", "2030-01-01"), "would end (now) before it starts"),
        ((*CURVE, "--format", "gif"), "format: there is no 'gif'"),
    ],
)
def test_wrong_usage_is_told(site: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = plot(site, *arguments)
    assert done.exit_code == 2
    assert sentence in done.output


def test_a_curve_that_cannot_be_plotted_is_told_and_the_others_are_there(site: Path) -> None:
    done = plot(site, "--curve", "probe,,valu", *CURVE, "--format", "json")
    assert done.exit_code == 1
    assert "Curve 1: probe has no column 'valu'; did you mean 'value'?" in done.stderr
    assert json.loads(done.stdout)["curves"][1]["mean"]


def test_a_span_without_data_is_told(site: Path) -> None:
    done = plot(site, *CURVE, "--end-date", "2020-01-01", "--format", "json")
    assert (done.exit_code, done.stderr) == (1, "There is nothing in this span.\n")
    assert json.loads(done.stdout)["recorded"]["begin"] > 1_500_000_000


def test_a_file_that_cannot_be_written_is_told(site: Path, tmp_path: Path) -> None:
    done = plot(site, *CURVE, "-o", tmp_path / "nowhere" / "plot.csv")
    sentence = f"{tmp_path}/nowhere/plot.csv cannot be written: No such file or directory\n"
    assert (done.exit_code, done.stderr) == (1, sentence)
