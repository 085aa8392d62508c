"""SAM tests: what the samples cannot show."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from happyface import Fetched
from happyface.acquire.workers.extract import extract
from happyface.model.results import Outcome
from happyface.modules.sam_tests import SamTests
from happyface.site.nesting import nested_settings


def row(status: object, host: str = "ce", flavour: str = "CE", vo: str = "cms", metric: str = "m") -> dict[str, object]:
    return {"dst_hostname": host, "service_flavour": flavour, "metric_name": metric, "status": status, "vo": vo}


def outcome(folder: Path, answer: Any, **settings: str) -> Outcome:
    path = folder / "tests.json"
    path.write_text(json.dumps(answer), "utf-8")
    flat = {"source": "file:x", **{key.replace("__", "."): text for key, text in settings.items()}}
    config = SamTests.Config.model_validate(nested_settings(SamTests.Config, flat))
    found = extract(SamTests, "sam", config, datetime.now(UTC), {"source": Fetched("x", file=path)})
    assert found.detail == ""
    return found


def value(found: Outcome, name: str) -> Any:
    return (found.data or [])[SamTests.declared.tables[""].index(name)]


@pytest.mark.parametrize(
    ("states", "service"),
    [
        (["OK"], "ok"),
        (["OK", "UNKNOWN"], "ok"),
        (["OK", "WARNING"], "warning"),
        (["WARNING", "CRITICAL", "OK"], "critical"),
        (["UNKNOWN", "CRITICAL"], "critical"),
        (["UNKNOWN"], "unknown"),
        (["MISSING", None, 3], "unknown"),
        (["ok"], "ok"),
    ],
)
def test_a_service_is_as_bad_as_its_worst_known_test(tmp_path: Path, states: list[object], service: str) -> None:
    found = outcome(tmp_path, [row(state) for state in states])
    assert [each[3] for each in found.rows["service"]] == [service]
    assert value(found, f"services_{service}") == 1


@pytest.mark.parametrize(("ok", "status"), [(100, 1.0), (90, 1.0), (89, 0.5), (80, 0.5), (79, 0.0)])
def test_reliability(tmp_path: Path, ok: int, status: float) -> None:
    rows = [row("OK")] * ok + [row("WARNING")] * (100 - ok) + [row("UNKNOWN")] * 50
    found = outcome(tmp_path, rows, limits__services_warning="")
    assert value(found, "reliability") == ok / 100
    assert found.status == status


def test_unknown_is_neither_good_nor_bad(tmp_path: Path) -> None:
    assert outcome(tmp_path, [row("UNKNOWN")] * 9).status == -1
    assert outcome(tmp_path, [row("UNKNOWN")] * 2 + [row("OK", host="se")] * 2).status == 1.0


def test_of_mostly_unknown_tests_nothing_is_known(tmp_path: Path) -> None:
    assert outcome(tmp_path, [row("UNKNOWN")] * 9 + [row("OK", host="se")]).status == -1
    assert outcome(tmp_path, [row("UNKNOWN")] * 9 + [row("CRITICAL", host="se")]).status == 0


def test_the_same_host_has_a_service_for_each_flavour_and_vo(tmp_path: Path) -> None:
    found = outcome(tmp_path, [row("OK"), row("OK", flavour="SE"), row("OK", vo="atlas"), row("OK", metric="n")])
    assert [each[:3] for each in found.rows["service"]] == [
        ["ce", "CE", "atlas"],
        ["ce", "CE", "cms"],
        ["ce", "SE", "cms"],
    ]


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({}, 4),
        ({"vo": "cms"}, 3),
        ({"flavour": "CE,SE", "host": "c*"}, 3),
        ({"metric": "a*, b"}, 1),
        ({"vo": "CMS"}, 0),
    ],
)
def test_filters(tmp_path: Path, settings: dict[str, str], count: int) -> None:
    rows = [row("OK"), row("OK", host="se", flavour="SE"), row("OK", vo="atlas"), row("OK", metric="abc")]
    assert len(outcome(tmp_path, rows, **settings).rows.get("test", [])) == count


@pytest.mark.parametrize("name", ["rows", "metrics", "data", "results"])
def test_rows_may_be_nested(tmp_path: Path, name: str) -> None:
    assert outcome(tmp_path, {"version": 1, name: [row("OK")]}).status == 1.0


@pytest.mark.parametrize("answer", [{}, {"rows": {}}, "OK", 3, None, [1], [{"status": "OK"}], [row("OK"), {}]])
def test_what_is_no_list_of_tests_is_not_known(tmp_path: Path, answer: Any) -> None:
    found = outcome(tmp_path, answer)
    assert found.status == -1
    assert "test results" in found.sentence
