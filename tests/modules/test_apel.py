"""APEL's synchronisation page: what the samples cannot show."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from happyface import Fetched
from happyface.acquire.workers.extract import extract
from happyface.model.results import Outcome
from happyface.modules.apel import Apel
from happyface.site.nesting import nested_settings

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
TITLES = ["Site", "Last published", "Records in local database", "Records in central database"]
CELLS: dict[str, tuple[str, object]] = {
    "site": ("A", "A"),
    "published": ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC).timestamp()),
    "local": ("7", 7),
    "central": ("8", 8),
    "status": ("OK", "OK"),
    "period": ("May", "May"),
    "": ("9", None),
}
"""What a cell says, by what its column means, and what is stored of it."""


def table(*lines: list[str]) -> str:
    return (
        f"<table>{''.join('<tr>' + ''.join(f'<td>{cell}</td>' for cell in line) + '</tr>' for line in lines)}</table>"
    )


def outcome(folder: Path, body: str, **settings: str) -> Outcome:
    path = folder / "sync.html"
    path.write_text(f"<html><body>{body}</body></html>", "utf-8")
    flat = {"source": "file:x", **settings}
    config = Apel.Config.model_validate(nested_settings(Apel.Config, flat))
    found = extract(Apel, "apel", config, NOW, {"source": Fetched("x", file=path)})
    assert found.detail == ""
    return found


def value(found: Outcome, name: str) -> Any:
    return (found.data or [])[Apel.declared.tables[""].index(name)]


def site(found: Outcome) -> dict[str, Any]:
    """The only row."""
    [row] = found.rows["site"]
    return dict(zip((column.name for column in Apel.declared.tables["site"].columns), row, strict=True))


@pytest.mark.parametrize(
    ("title", "meaning"),
    [
        ("Site", "site"),
        ("ExecutingSite", "site"),
        ("Last published", "published"),
        ("Last publication to the central database", "published"),
        ("LastUpdate", "published"),
        ("Records in local database", "local"),
        ("Local", "local"),
        ("Record Count In Your Database", "local"),
        ("Records in central database", "central"),
        ("Central DB", "central"),
        ("RecordCountPublished", "central"),
        ("Record Count Published", "central"),
        ("Difference", ""),
        ("Difference of local and central", ""),
        ("Synchronisation Status", "status"),
        ("Month", "period"),
        ("RecordStart", "period"),
        ("Remarks", ""),
    ],
)
def test_titles(tmp_path: Path, title: str, meaning: str) -> None:
    names = ("site", "published", "local", "central")
    others = {known: CELLS[name][0] for name, known in zip(names, TITLES, strict=True) if name != meaning}
    text, stored = CELLS[meaning]
    row = site(outcome(tmp_path, table([title, *others], [text, *others.values()])))
    if meaning:
        assert row[meaning] == stored
    else:
        assert not {9, "9"} & set(row.values())


@pytest.mark.parametrize(
    ("text", "count"),
    [("0", 0), ("12345", 12345), ("1,234,567", 1234567), ("1 234", 1234), ("1'234", 1234), ("1.234.567", 1234567)]
    + [(text, None) for text in ("", "-", "n/a", "1.5", "-3", "12,34", "1e3", "about 7", "٣")],
)
def test_counts(tmp_path: Path, text: str, count: int | None) -> None:
    assert site(outcome(tmp_path, table(TITLES, ["A", "2026-11-22", text, "1"])))["local"] == count


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20 13:45:10.0", datetime(2026, 11, 20, 13, 45, 10, tzinfo=UTC)),
        ("2026-11-20T13:45", datetime(2026, 11, 20, 13, 45, tzinfo=UTC)),
        ("OK [ last published 3 days ago: 2026-11-19 ]", datetime(2026, 11, 19, tzinfo=UTC)),
        ("2026-13-40", None),
        ("never", None),
        ("", None),
    ],
)
def test_dates(tmp_path: Path, text: str, date: datetime | None) -> None:
    row = site(outcome(tmp_path, table(TITLES, ["A", text, "1", "1"])))
    assert row["published"] == (date.timestamp() if date else None)


@pytest.mark.parametrize(
    ("published", "status"),
    [
        ("2026-11-22 18:00:00", 1.0),
        ("2026-11-15 18:00:01", 1.0),
        ("2026-11-15 18:00:00", 0.5),
        ("2026-11-08 18:00:00", 0.0),
        ("2026-11-23", -1),
    ],
)
def test_rated_by_days(tmp_path: Path, published: str, status: float) -> None:
    found = outcome(tmp_path, table(TITLES, ["A", published, "10", "10"]))
    assert found.status == status


@pytest.mark.parametrize(
    ("local", "central", "status"),
    [("100", "100", 1.0), ("100", "96", 1.0), ("100", "95", 0.5), ("95", "100", 0.5), ("100", "80", 0.0)],
)
def test_rated_by_difference(tmp_path: Path, local: str, central: str, status: float) -> None:
    assert outcome(tmp_path, table(TITLES, ["A", "2026-11-22", local, central])).status == status


def test_a_surplus_makes_up_for_no_loss(tmp_path: Path) -> None:
    found = outcome(tmp_path, table(TITLES, ["A", "2026-11-22", "100", "50"], ["B", "2026-11-22", "50", "100"]))
    assert value(found, "difference_share") == 0.5


def test_no_records_have_no_difference(tmp_path: Path) -> None:
    found = outcome(tmp_path, table(TITLES, ["A", "2026-11-22", "0", "0"]))
    assert value(found, "difference_share") is None
    assert found.status == 1.0


def test_of_several_months_the_newest_counts_of_several_sites_the_oldest(tmp_path: Path) -> None:
    lines = [["A", "2026-09-01", "1", "1"], ["A", "2026-11-22", "1", "1"], ["B", "2026-11-21 18:00", "1", "1"]]
    assert value(outcome(tmp_path, table(TITLES, *lines)), "published") == NOW.timestamp() - 86400


def test_columns_in_any_order_and_more_of_them(tmp_path: Path) -> None:
    order = [3, 0, 2, 1]
    line = ["A", "2026-11-22", "20", "10"]
    mixed = table(["Remarks", *(TITLES[i] for i in order)], ["2020-01-01", *(line[i] for i in order)])
    found = outcome(tmp_path, mixed)
    assert (value(found, "local"), value(found, "central")) == (20, 10)
    assert value(found, "published") == datetime(2026, 11, 22, tzinfo=UTC).timestamp()


def test_an_unknown_count_makes_the_sum_unknown(tmp_path: Path) -> None:
    found = outcome(tmp_path, table(TITLES, ["A", "2026-11-22", "n/a", "10"], ["B", "2026-11-22", "10", "10"]))
    assert (value(found, "local"), value(found, "central"), value(found, "difference_share")) == (None, 20, 0.0)


def test_other_tables_are_passed_over(tmp_path: Path) -> None:
    menu = table(["Home", "Site status"], ["x", "y"])
    assert outcome(tmp_path, menu + table(TITLES, ["A", "2026-11-22", "1", "1"])).status == 1.0


@pytest.mark.parametrize("body", ["", "<p>Sorry</p>", table(["a", "b"], ["c", "d"]), table(TITLES), '[{"id": "A"}]'])
def test_what_has_no_such_table_is_not_known(tmp_path: Path, body: str) -> None:
    assert outcome(tmp_path, body).status == -1
