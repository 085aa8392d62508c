"""Answers as monitors give them: ``tests/inputs`` has them, byte by byte."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import servers
from happyface.acquire.workers.extract import extract
from happyface.contract.fetched import Fetched
from happyface.errors import SourceError
from happyface.model.results import Outcome
from happyface.modules.nagios import Nagios
from happyface.modules.rss import Rss
from happyface.site.nesting import nested_settings
from making import FetchOne

INPUTS = Path(servers.__file__).parent / "inputs"
WRITTEN = datetime(2026, 11, 25, 15, 20, tzinfo=UTC)


def looked(module: Any, source: Fetched, now: datetime = WRITTEN, **settings: str) -> Outcome:
    config = module.Config.model_validate(nested_settings(module.Config, {"source": "file:x", **settings}))
    return extract(module, "seen", config, now, {"source": source})


@pytest.mark.parametrize("path", sorted((INPUTS / "body_charset").iterdir()), ids=lambda path: path.name)
def test_a_page_is_read_by_its_own_charset(path: Path, server: servers.MonitorServer, fetch_one: FetchOne) -> None:
    server.raw["page"] = path.read_bytes()
    assert "läuft störungsfrei" in fetch_one(f"{server.url}/page").text()


@pytest.mark.parametrize("path", sorted((INPUTS / "http_oddities").iterdir()), ids=lambda path: path.name)
def test_odd_http_is_read_or_told_as_the_sources_fault(
    path: Path, server: servers.MonitorServer, fetch_one: FetchOne
) -> None:
    server.raw["odd"] = path.read_bytes()
    fetched = fetch_one(f"{server.url}/odd")
    unclear = "The source did not answer in HTTP: "
    told = {
        "f_cl_and_te.raw": f"{unclear}Transfer-Encoding can't be present with Content-Length.",
        "f_cl_twice_same.raw": f"{unclear}Duplicate Content-Length.",
        "f_hdr_space.raw": f"{unclear}Invalid header token.",
        "f_br.raw": "The source answered in an encoding that it was not asked for, br.",
        "h_gzcut.raw": "The source broke off its answer.",
    }
    if path.name in told:
        assert fetched.error == told[path.name]
    else:
        assert fetched.json() == {"state": "OK", "free": 41}


@pytest.mark.parametrize("name", ["n_backslash", "n_ctl", "n_latin", "n_utfcut"])
@pytest.mark.parametrize("said", ["application/json", "application/json; charset=ISO-8859-1"])
def test_a_critical_service_is_critical_whatever_its_bytes(name: str, said: str) -> None:
    source = Fetched("statusjson.cgi", file=INPUTS / "json_bytes" / name, content_type=said)
    found = looked(Nagios, source, datetime.fromtimestamp(1795634390, UTC))
    assert found.status == 0, found.sentence


@pytest.mark.parametrize(
    ("name", "kind"),
    [(f"{name}.svg", "svg") for name in ("illustrator", "license", "prefix", "stylesheet", "utf16")]
    + [("bm.txt", ""), ("gif_err", "")],
)
def test_a_picture_is_one_by_its_structure(name: str, kind: str) -> None:
    source = Fetched("picture", file=INPUTS / "images" / name)
    if kind:
        assert source.image().name == f"image.{kind}"
    else:
        with pytest.raises(SourceError, match="is not an image"):
            source.image()


def test_a_status_file_of_the_future_is_never_fresh() -> None:
    source = Fetched("status.dat", file=INPUTS / "future_source_times" / "n_dat_future")
    found = looked(Nagios, source, datetime.fromtimestamp(1798226390, UTC) - timedelta(days=30))
    assert found.status == -1
    assert "future" in found.sentence


def test_an_entry_of_the_future_is_told() -> None:
    source = Fetched("feed", file=INPUTS / "future_source_times" / "r_mixed")
    found = looked(Rss, source)
    assert "dated in the future: “Pinned: rules of this list”" in found.sentence
