"""``happyface moved``: what moved on a real site, as a table and as JSON, and what is said of bad input."""

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

VALUES = (1, 1, 2, 1, 1, 1, 1, 1, 50, 60, 50)


@pytest.fixture
def site(make_site: MakeSite) -> Path:
    """A site whose restricted instance said much more in the last of eleven runs of a quarter of an hour."""
    root = make_site(
        {"value.json": '{"value": 3}', "config/address.cfg": "[paths]\nhappyface_url = https://m.example.org/hf\n"},
        instances="[probe]\nmodule = probe\nname = My probe\naccess = restricted\nsource = file:value.json\n",
        members="probe",
    )
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        for number, value in enumerate(VALUES, start=1):
            (root / "value.json").write_text(f'{{"value": {value}}}')
            cycle(
                site, store, datetime.now(UTC) - (len(VALUES) - number) * timedelta(minutes=15) - timedelta(minutes=5)
            )
    return root


def moved(site: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(site), "moved", *arguments], catch_exceptions=False)


def test_what_moved_is_a_table_also_of_what_is_for_members_only(site: Path) -> None:
    done = moved(site, "--span", "40m")
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert lines[0].endswith(": 1 number was compared.")
    assert lines[1].split() == ["difference", "instance", "what"]
    assert lines[2].startswith("1.00        probe     Value of My probe: 53.3 on average, ")


def test_as_json_it_has_the_addresses_of_plots(site: Path) -> None:
    done = moved(site, "--json", "--span", "40m", "--near", "probe", "--limit", "1")
    (number,) = json.loads(done.stdout)["moved"]
    assert (number["instance"], number["now"]["mean"]) == ("probe", pytest.approx(160 / 3))
    assert number["plot"].startswith("https://m.example.org/hf/plot/time/?curve_1=probe,,$value,&start_date=")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--span", "year"), "31 days can be compared at most"),
        (("--start-date", "2030-01-01"), "would end (now) before it starts"),
        (("--near", "prob"), "near: there is no instance 'prob'; did you mean 'probe'?"),
        (("--limit", "0"), "limit=0: expected is a whole number from 1 to 50"),
    ],
)
def test_wrong_usage_is_told(site: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = moved(site, *arguments)
    assert done.exit_code == 2
    assert sentence in done.output


def test_a_span_that_is_too_short_is_told(site: Path) -> None:
    done = moved(site, "--span", "15m")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "The span is too short to compare" in done.stderr
