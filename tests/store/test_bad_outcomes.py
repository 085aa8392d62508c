"""Whatever one instance brings costs the others nothing: it says itself what cannot be stored."""

import enum
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from building import DATA, START, Said, instance, outline, run
from happyface.contract.columns import Column, Table
from happyface.contract.files import File
from happyface.contract.states import State
from happyface.model.access import ANONYMOUS
from happyface.model.outline import ModuleOutline
from happyface.model.results import FinishedRun, Outcome, SourceFact
from happyface.model.views import InstanceView
from happyface.store import Store
from happyface.store.writing import writer

KINDS = ("number", "integer", "flag", "text", "state", "time", "file")
ROW = Table("row", "Rows", (Column("name", "text", "Name"), Column("count", "integer", "Count")), key="name")
EVERY = ModuleOutline(
    "every",
    "One column of each kind.",
    {"": Table("", "", tuple(Column(kind, kind, kind) for kind in KINDS)), "row": ROW},  # type: ignore[arg-type]
)
SITE = outline(instance("bad", module="every"), "good", modules=[EVERY, ModuleOutline("machine", "", {"": DATA})])
NOTHING = [None] * len(KINDS)


def with_bad(outcome: Outcome, site: Any = SITE, number: int = 0) -> FinishedRun:
    """A run in which the instance ``good`` is well, beside an outcome."""
    return replace(run(site, number), outcomes=[outcome, Said(load=4).outcome("good")])


def view(store: Store, name: str, run_id: int = 1) -> InstanceView:
    found = store.instance(ANONYMOUS, name, run_id)
    assert found is not None
    return found


def told(store: Store, outcome: Outcome, site: Any = SITE) -> str:
    """What a bad instance says once a run is stored; the good one has what it brought."""
    stored = store.write(with_bad(outcome, site))
    assert view(store, "good", stored.id).value["load"] == 4
    assert view(store, "good", stored.id).status == 1
    bad = view(store, outcome.instance, stored.id)
    assert (bad.status, list(bad.cells), stored.statuses[outcome.instance]) == (-1, [], -1)
    assert [(outcome.instance, outcome.sentence) for outcome in stored.refused] == [(outcome.instance, bad.sentence)]
    page = store.category(ANONYMOUS, "all", None, START)
    assert page is not None
    assert bad.sentence[:50] in page.category.sentence
    return bad.sentence


def cells(**given: Any) -> list[Any]:
    return [given.get(kind) for kind in KINDS]


class Loud(enum.IntEnum):
    ONE = 1
    MOST = 2**63 - 1
    LEAST = -(2**63)
    TOO_MUCH = 2**63
    TOO_LITTLE = -(2**63) - 1


BEGIN = "The module every returned what cannot be stored: "


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"number": "n/a"}, "column number of Data is a str, not a number"),
        ({"number": True}, "column number of Data is a bool, not a number"),
        ({"number": float("nan")}, "column number of Data is a number that is not finite"),
        ({"number": 10**400}, "column number of Data is a number that is too large"),
        ({"number": Decimal("0.5")}, "column number of Data is a Decimal, not a number"),
        ({"number": np.float32(0.5)}, "column number of Data is a float32, not a number"),
        ({"integer": [1, 2]}, "column integer of Data is a list, not a whole number"),
        ({"integer": 1.5}, "column integer of Data is a float, not a whole number"),
        ({"integer": 2**63}, "column integer of Data is a whole number of more than 64 bits"),
        ({"integer": -(2**63) - 1}, "column integer of Data is a whole number of more than 64 bits"),
        ({"integer": Loud.TOO_MUCH}, "column integer of Data is a whole number of more than 64 bits"),
        ({"integer": Loud.TOO_LITTLE}, "column integer of Data is a whole number of more than 64 bits"),
        ({"flag": 1}, "column flag of Data is an int, not yes or no"),
        ({"text": b"bytes"}, "column text of Data is a bytes, not a text"),
        ({"text": {"a": 1}}, "column text of Data is a dict, not a text"),
        ({"state": "up"}, "column state of Data is a str, not a State"),
        ({"state": State("up", 7)}, "column state of Data is a State, but its status is not from 0 to 1"),
        ({"time": datetime.now()}, "column time of Data is a datetime, not a number"),
        ({"file": "x.png"}, "column file of Data is a str, not a file"),
        ({"file": File(None, "x.png")}, "column file of Data is a file without a path or a name"),  # type: ignore[arg-type]
        (
            {"file": File(Path("/nowhere/x.png"), "x.png")},
            "column file of Data is the file x.png, which cannot be read",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_cell_that_is_not_of_its_columns_kind(values: dict[str, Any], sentence: str, store: Store) -> None:
    said = told(store, Outcome("bad", 1.0, "", cells(**values)))
    assert said.startswith(BEGIN + sentence)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"number": 2}, 2.0),
        ({"number": np.float64(0.5)}, 0.5),
        ({"integer": Loud.ONE}, 1),
        ({"integer": Loud.MOST}, 2**63 - 1),
        ({"integer": Loud.LEAST}, -(2**63)),
        ({"integer": 2**63 - 1}, 2**63 - 1),
        ({"integer": -(2**63)}, -(2**63)),
        ({"text": "x\0y"}, "x\ufffdy"),
        ({"text": np.str_("x")}, "x"),
        ({"state": State.critical("down")}, "down"),
        ({"state": State.critical("do\0wn")}, "do\ufffdwn"),
        ({"time": 12}, 12.0),
    ],
)
def test_what_is_plain_enough_is_stored_plain(given: dict[str, Any], stored: Any, store: Store) -> None:
    store.write(with_bad(Outcome("bad", 1.0, "", cells(**given))))
    (kind,) = given
    value = view(store, "bad").value[kind]
    assert value == stored
    assert type(value) in (float, int, str, State)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (np.float32(0.5), "its status is a float32, not a number from 0 to 1"),
        (np.array(0.5), "its status is a ndarray, not a number from 0 to 1"),
        (np.array([0.5, 1]), "its status is a ndarray, not a number from 0 to 1"),
        (Decimal("0.5"), "its status is a Decimal, not a number from 0 to 1"),
        (Fraction(1, 2), "its status is a Fraction, not a number from 0 to 1"),
        ("critical", "its status is a str, not a number from 0 to 1"),
        (b"\x00\x00\x00?", "its status is a bytes, not a number from 0 to 1"),
        (True, "its status is a bool, not a number from 0 to 1"),
        (None, "its status is a NoneType, not a number from 0 to 1"),
        (1.5, "its status is not from 0 to 1, and not -1 either"),
        (float("nan"), "its status is not from 0 to 1, and not -1 either"),
    ],
    ids=str,
)
def test_a_status_that_is_none(status: Any, sentence: str, store: Store) -> None:
    assert told(store, Outcome("bad", status, "", NOTHING[:])) == f"{BEGIN}{sentence}."
    assert told(store, Outcome("bad", status, "", NOTHING[:])) == f"{BEGIN}{sentence}."
    listing = store.listing(ANONYMOUS, None, START)
    assert listing is not None
    assert listing.instances["bad"].status == -1


class Hostile(str):
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("compared")

    __hash__ = None  # type: ignore[assignment]

    def isascii(self) -> bool:
        raise RuntimeError("looked at")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"sentence": ["a", "list"]}, "its sentence is a list, not a text"),
        ({"data": [1.0]}, "a row of Data has not the 7 columns of its table"),
        ({"rows": {"row": [["x"]]}}, "a row of row has not the 2 columns of its table"),
        ({"rows": {"row": ["xy"]}}, "the rows of row are no rows"),
        ({"rows": {"other": [["x", 1]]}}, "it declares no rows other"),
        ({"rows": {"row": [["x", 1], ["y", "n/a"]]}}, "column count of row is a str, not a whole number"),
        ({"rows": {"row": [["k" * 201, 1]]}}, "column name of row names a row, and is longer than 200 characters"),
        ({"kept": {0: File(Path("/nowhere/x"), "x")}}, "the file x, which cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_outcome_of_another_shape(changed: dict[str, Any], sentence: str, store: Store) -> None:
    outcome = replace(Outcome("bad", 1.0, "", NOTHING[:]), **changed)
    assert told(store, outcome).startswith(BEGIN + sentence)


def test_a_sentence_that_refuses_to_be_compared_is_stored_as_its_text(store: Store) -> None:
    for number in range(2):
        store.write(with_bad(Outcome("bad", 1.0, Hostile("well"), NOTHING[:]), number=number))
        assert view(store, "bad", number + 1).sentence == "well"


def test_what_was_fetched_is_kept_with_what_is_refused(store: Store) -> None:
    facts = (SourceFact("https://example.org/x", 5), SourceFact("https://example.org/y", 0, "It answered 404."))
    told(store, Outcome("bad", 1.0, "", cells(number="n/a"), facts=facts))
    assert view(store, "bad").facts == facts


def test_what_was_wrong_with_a_source_is_kept_at_a_bearable_length(store: Store) -> None:
    long = SourceFact("https://example.org/x", 0, "It answered " + "x" * 10_000_000)
    store.write(with_bad(Outcome("bad", -1, "", None, facts=(long,))))
    (kept,) = view(store, "bad").facts
    assert (kept.url, kept.error[:13]) == (long.url, "It answered x")
    assert len(kept.error) <= 10_000


def test_an_instance_that_is_refused_is_looked_at_again(store: Store, tmp_path: Path) -> None:
    image = tmp_path / "x.png"
    image.write_bytes(b"picture")
    file = File(image, "x.png")
    assert len(file.digest) == 64
    image.unlink()
    assert "its file x.png is gone" in told(store, Outcome("bad", 1.0, "", cells(file=file)))
    image.write_bytes(b"picture")
    store.write(with_bad(Outcome("bad", 1.0, "", cells(file=file)), number=1))
    assert view(store, "bad", 2).status == 1


def test_a_file_that_changes_while_it_is_stored(store: Store, tmp_path: Path) -> None:
    image = tmp_path / "x.png"
    image.write_bytes(b"picture")
    file = File(image, "x.png")
    assert len(file.digest) == 64
    image.write_bytes(b"another picture")
    assert "was changed while it was stored" in told(store, Outcome("bad", 1.0, "", cells(file=file)))
    assert [path for path in store.archive.directory.rglob("*") if path.is_file()] == []


def test_a_cell_of_twenty_megabytes_is_cut(store: Store) -> None:
    for number, text in enumerate(("x" * 20_000_000, "☹" * 7_000_000)):
        store.write(with_bad(Outcome("bad", 1.0, "☹" * 50_000, cells(text=text)), number=number))
        bad = view(store, "bad", number + 1)
        value = str(bad.value["text"])
        assert value[:100] == text[:100]
        assert value.endswith("…")
        assert 999_990 <= len(value.encode()) <= 1_000_000
        assert len(bad.sentence.encode()) <= 10_000
        assert view(store, "good", number + 1).value["load"] == 4


def test_a_row_of_many_long_cells_is_refused(store: Store) -> None:
    wide = Table("", "", tuple(Column(f"t{number}", "text", "T") for number in range(20)))
    site = outline(
        instance("bad", module="wide"), "good", modules=[ModuleOutline("wide", "", {"": wide}), *SITE.modules]
    )
    assert "a row of Data is longer than 4 MB" in told(store, Outcome("bad", 1.0, "", ["x" * 900_000] * 20), site)


def test_a_module_of_2500_columns_is_refused(store: Store) -> None:
    wide = Table("", "", tuple(Column(f"n{number}", "number", "N") for number in range(2500)))
    site = outline(
        instance("bad", module="wide"), "good", modules=[ModuleOutline("wide", "", {"": wide}), *SITE.modules]
    )
    for _ in range(2):
        said = told(store, Outcome("bad", 1.0, "", [1.0] * 2500), site)
        assert said == "The module wide cannot be stored: its Data has 2500 columns; 500 are the most."


def test_a_table_that_only_this_database_does_not_take(store: Store) -> None:
    wide = Table("", "", tuple(Column(f"t{number}", "text", "T") for number in range(400)))
    site = outline(
        instance("bad", module="wide"), "good", modules=[ModuleOutline("wide", "", {"": wide}), *SITE.modules]
    )
    outcome = Outcome("bad", 1.0, "", ["x"] * 400)
    if store.engine.dialect.name in ("mysql", "mariadb"):
        said = told(store, outcome, site)
        assert said.startswith("The module wide cannot be stored: the database does not take the table of Data: ")
    else:
        store.write(with_bad(outcome, site))
        assert view(store, "bad").value["t399"] == "x"


@pytest.mark.parametrize("data", [None, []])
def test_a_module_without_columns(data: list[Any] | None, store: Store) -> None:
    empty = ModuleOutline("empty", "", {"": Table("", "", ()), "row": Table("row", "", ())})
    site = outline(instance("bad", module="empty"), "good", modules=[empty, *SITE.modules])
    outcome = Outcome("bad", 0.5, "Half well.", data, {"row": [[], []]} if data is not None else {})
    for number in range(2):
        store.write(with_bad(outcome, site, number))
        bad = view(store, "bad", number + 1)
        assert (bad.status, bad.sentence, list(bad.cells)) == (0.5, "Half well.", [])
        assert view(store, "good", number + 1).value["load"] == 4


def test_twenty_row_tables_with_long_names(store: Store) -> None:
    names = [f"{'x' * 37}_{number:02}" for number in range(20)]
    many = ModuleOutline("many", "", {name: Table(name, "", (Column("n", "integer", "N"),)) for name in names})
    site = outline(instance("bad", module="many"), "good", modules=[many, *SITE.modules])
    store.write(with_bad(Outcome("bad", 1.0, "", None, {name: [[n]] for n, name in enumerate(names)}), site))
    assert [rows_view.rows[0][0].value for rows_view in view(store, "bad").rows] == list(range(20))


def test_modules_whose_names_would_meet_in_a_table_name(store: Store) -> None:
    one = ModuleOutline("a_b", "", {"c": Table("c", "", (Column("n", "integer", "N"),))})
    other = ModuleOutline("a", "", {"b_c": Table("b_c", "", (Column("n", "text", "N"),))})
    site = outline(instance("x", module="a_b"), instance("y", module="a"), modules=[one, other])
    outcomes = [Outcome("x", 1.0, "", None, {"c": [[1]]}), Outcome("y", 1.0, "", None, {"b_c": [["one"]]})]
    store.write(replace(run(site), outcomes=outcomes))
    assert [view(store, name).rows[0].rows[0][0].value for name in "xy"] == [1, "one"]


def test_archive_names_that_would_meet(store: Store, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"one")
    other.write_bytes(b"other")
    picture = ModuleOutline("picture", "", {"": Table("", "", (Column("a", "file", "A"), Column("b", "file", "B")))})
    site = outline(*(instance(name, module="picture") for name in ("host", "host-1", "host-2")), modules=[picture])
    names = {"host": "2-x.png", "host-1": "x.png", "host-2": "1-x.png"}
    outcomes = [Outcome(name, 1.0, "", [File(one, file), File(other, file)]) for name, file in names.items()]
    for number in range(2):
        one.write_bytes(b"one %d" % number)
        fresh = [replace(outcome, data=[File(one, outcome.data[0].name), outcome.data[1]]) for outcome in outcomes]  # type: ignore[index, union-attr]
        store.write(replace(run(site, number), outcomes=fresh))
    paths = [str(path) for n in (1, 2) for name in names for path in view(store, name, n).value.values()]
    assert len(set(paths)) == 12
    assert all(path.rpartition("/")[2].endswith(".png") for path in paths)


def test_rows_that_the_database_does_not_take_after_all_cost_their_module_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no check at the door foresaw: the run is written without the values of that module."""
    store.write(with_bad(Outcome("bad", 1.0, "", NOTHING[:])))
    monkeypatch.setattr(writer, "checked_outcome", lambda outcome, *_: outcome)
    said = told(store, Outcome("bad", 1.0, "", cells(text={"no": "text"})))
    assert said.startswith("The module every returned what the database does not take: ")


@pytest.mark.parametrize("journal", [b"", b"{", b"[1, 2]", b'{"a": 1}', b"\xff\xfe", b'["../../../x"]', b"null"])
def test_a_garbled_journal_of_the_archive_ends_nothing(journal: bytes, store: Store, tmp_path: Path) -> None:
    image = tmp_path / "x.png"
    image.write_bytes(b"picture")
    site = outline(instance("p", module="picture"))
    store.write(run(site, p=Said(image=image)))
    (kept,) = [path for path in store.archive.directory.rglob("*") if path.is_file()]
    lost = store.archive.path("f" * 64)
    lost.parent.mkdir()
    lost.write_bytes(b"lost")
    (store.archive.directory / "pending.json").write_bytes(journal)
    store.recover()
    assert [path for path in store.archive.directory.rglob("*") if path.is_file()] == [kept]
    store.recover()
    assert store.write(run(site, 1)).id == 2


Change = Callable[[Any], None]


@pytest.mark.parametrize(
    "change",
    [
        lambda outcome: outcome.data.__setitem__(0, [1, 2]),
        lambda outcome: outcome.data.append(1),
        lambda outcome: outcome.rows.__setitem__("row", None),
        lambda outcome: outcome.rows.__setitem__("nothing", [[1]]),
    ],
)
def test_values_that_are_changed_after_they_were_made(change: Change, store: Store) -> None:
    outcome = Outcome("bad", 1.0, "", cells(number=1.0))
    assert len(outcome.digest) == 16
    change(outcome)
    assert told(store, outcome).startswith(BEGIN)
