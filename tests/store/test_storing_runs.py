"""Runs are stored completely or not at all, and nothing twice."""

import math
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from building import DATA, LOAD, MACHINE, START, Said, instance, outline, run
from happyface.contract.columns import Column, Table
from happyface.errors import StoreError
from happyface.model.access import ANONYMOUS
from happyface.model.outline import ModuleOutline
from happyface.model.results import FinishedRun, Outcome, SourceFact
from happyface.model.views import InstanceView
from happyface.store import Store, schema
from happyface.store.writing import batch

SITE = outline("a", "b")


def count(store: Store, table: sa.Table | str) -> int:
    stored = sa.table(table) if isinstance(table, str) else table
    with store.engine.connect() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(stored)) or 0)


def view(store: Store, name: str, run_id: int) -> InstanceView:
    found = store.instance(ANONYMOUS, name, run_id)
    assert found is not None
    return found


def test_what_is_stored_is_read_again(store: Store) -> None:
    facts = (SourceFact("https://example.org/ä", 12, "It answered 404."),)
    said = Said(0.5, 6, "Load is höher ☹", "ein Wort", [["p", 2**40], ["q", None]], facts)
    stored = store.write(run(SITE, a=said, b=Said(-1, sentence="Nobody knows.")))
    assert (stored.id, stored.statuses) == (1, {"a": 0.5, "b": -1})
    a, b = view(store, "a", 1), view(store, "b", 1)
    assert (a.status, a.face, a.sentence) == (0.5, "neutral", "Load is höher ☹")
    assert a.value == {"load": 6, "note": "ein Wort"}
    assert [(cell.status, cell.reason) for cell in a.cells] == [(0.5, "warning ≥ 5"), (-1, "")]
    assert [[cell.value for cell in row] for row in a.rows[0].rows] == [["p", 2**40], ["q", None]]
    assert a.facts == facts
    assert a.run.time == START
    assert (b.face, b.sentence, b.cells, b.facts) == ("noinfo", "Nobody knows.", (), ())


@pytest.mark.parametrize("table", [schema.texts, schema.results, schema.changes, schema.category_results, schema.runs])
def test_a_run_that_fails_in_the_middle_leaves_nothing(
    table: sa.Table, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    image = tmp_path / "image.png"
    image.write_bytes(b"picture")
    site = outline("a", instance("p", module="picture"))
    store.write(run(site, 0, p=Said(image=image)))
    before = {table.name: count(store, table) for table in schema.metadata.sorted_tables}
    insert = batch.insert_rows

    def failing(connection: sa.Connection, target: sa.Table, rows: object) -> None:
        insert(connection, target, rows)  # type: ignore[arg-type]
        if target is table:
            raise RuntimeError("the power is gone")

    image.write_bytes(b"another picture")
    newcomers = outline("a", instance("p", module="picture"), "new")
    bad = run(newcomers, 1, p=Said(image=image), new=Said(0, 99, "new sentence", pools=[["x", 1]]))
    with monkeypatch.context() as patch:
        patch.setattr(batch, "insert_rows", failing)
        with pytest.raises(RuntimeError):
            store.write(bad)
    assert {table.name: count(store, table) for table in schema.metadata.sorted_tables} == before
    contents = [path for path in store.archive.directory.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in contents] == [b"picture"]
    assert store.write(bad).id == 2
    assert view(store, "new", 2).sentence == "new sentence"
    assert view(store, "p", 2).value["image"] != view(store, "p", 1).value["image"]


def test_unchanged_datasets_are_stored_once(store: Store) -> None:
    for number in range(5):
        store.write(run(SITE, number, a=Said(load=number // 4, pools=[["p", 1]])))
    assert (count(store, schema.results), count(store, schema.datasets)) == (3, 3)
    assert (count(store, "values_1"), count(store, "rows_2")) == (3, 2)
    assert [view(store, "a", run_id).value["load"] for run_id in range(1, 6)] == [0, 0, 0, 0, 1]


def test_texts_are_stored_once(store: Store) -> None:
    for number in range(4):
        store.write(run(SITE, number, note="the network is gone", a=Said(0, 9, "the same"), b=Said(0, 9, "the same")))
    with store.engine.connect() as connection:
        found = list(connection.scalars(sa.select(schema.texts.c.text)))
    assert len(found) == len(set(found))
    assert found.count("the same") == 1


def test_rewriting_by_a_new_process_stores_nothing_twice(store: Store, database_url: str, tmp_path: Path) -> None:
    store.write(run(SITE, 0, a=Said(0, 9, "bad")))
    before = count(store, schema.texts), count(store, schema.datasets)
    with Store(database_url, tmp_path / "archive") as other:
        other.write(run(SITE, 1, a=Said(0, 9, "bad")))
    assert (count(store, schema.texts), count(store, schema.datasets)) == before


def test_equal_archive_content_is_stored_once(store: Store, tmp_path: Path) -> None:
    one, other = tmp_path / "one.png", tmp_path / "other.png"
    one.write_bytes(b"same picture")
    other.write_bytes(b"same picture")
    site = outline(instance("p", module="picture"), instance("q", module="picture"))
    store.write(run(site, 0, p=Said(image=one), q=Said(image=other)))
    paths = [str(view(store, name, 1).value["image"]) for name in "pq"]
    assert paths[0] != paths[1]
    files = [store.file(ANONYMOUS, path) for path in paths]
    assert all(file and file.path.read_bytes() == b"same picture" and file.size == 12 for file in files)
    assert files[0]
    assert files[0].name.endswith("curve.png")
    assert len([path for path in store.archive.directory.rglob("*") if path.is_file()]) == 1


def test_a_file_that_is_not_there_is_none(store: Store) -> None:
    assert store.file(ANONYMOUS, "2026/01/01/00/00/x.png") is None
    assert store.file(ANONYMOUS, "../../etc/passwd") is None


def test_status_changes_are_told_and_dated(store: Store) -> None:
    statuses = [1.0, 1.0, 0.5, 0.4, 0.0, -1.0, 1.0]
    runs = [store.write(run(SITE, number, a=Said(status))) for number, status in enumerate(statuses)]
    assert [[(change.old, change.new) for change in stored.changes if change.name == "a"] for stored in runs] == [
        [("", "happy")],
        [],
        [("happy", "neutral")],
        [],
        [("neutral", "unhappy")],
        [("unhappy", "noinfo")],
        [("noinfo", "happy")],
    ]
    quarters = [(view(store, "a", stored.id).since - START) / timedelta(minutes=15) for stored in runs]  # type: ignore[operator]
    assert quarters == [0, 0, 2, 2, 4, 5, 6]


def test_a_run_without_an_instance_leaves_it_missing(store: Store) -> None:
    store.write(run(SITE))
    full = run(SITE, 1)
    store.write(replace(full, outcomes=full.outcomes[:1]))
    b = view(store, "b", 2)
    assert b.missing
    assert (b.face, b.sentence) == ("noinfo", "It was not looked at in this run.")


def test_a_module_that_gained_a_column_and_rows_keeps_its_history(store: Store) -> None:
    store.write(run(SITE, 0, a=Said(load=1)))
    wider = Table("", "", (LOAD, Column("note", "text", "Note"), Column("memory", "number", "Memory")))
    other = Table("disk", "Disks", (Column("free", "number", "Free"),))
    newer = outline("a", "b", modules=[ModuleOutline("machine", "", {"": wider, "disk": other})])
    store.write(run(newer, 1, a=Said(data=[1.0, None, 5.0]), b=Said(data=[1.0, None, 5.0])))
    assert view(store, "a", 1).value == {"load": 1, "note": None}
    assert view(store, "a", 2).value == {"load": 1, "note": None, "memory": 5}


def test_a_renamed_column_is_not_taken_for_the_old_one(store: Store) -> None:
    store.write(run(SITE, 0, a=Said(load=1)))
    renamed = Table("", "", (replace(LOAD, name="load_1"), Column("note", "text", "Note")))
    store.write(run(outline("a", "b", modules=[ModuleOutline("machine", "", {"": renamed})]), 1))
    assert view(store, "a", 2).value == {"load_1": 1, "note": None}
    store.write(run(SITE, 2))
    assert view(store, "a", 3).value == {"load": 1, "note": None}


def test_an_instance_that_changed_its_module_has_the_new_ones_values(store: Store) -> None:
    store.write(run(SITE, 0))
    other = ModuleOutline("computer", "", {"": DATA})
    store.write(run(outline(instance("a", module="computer"), "b", modules=[MACHINE, other]), 1))
    assert view(store, "a", 2).value == {"load": 1, "note": None}


def test_a_column_that_changed_its_kind_is_refused_with_a_sentence(store: Store) -> None:
    store.write(run(SITE, 0, a=Said(load=1)))
    changed = Table("", "", (Column("load", "text", "Load"), Column("note", "text", "Note")))
    store.write(run(outline("a", "b", modules=[ModuleOutline("machine", "", {"": changed})]), 1))
    assert view(store, "a", 2).status == -1
    assert view(store, "a", 2).sentence == (
        "The module machine cannot be stored: its column load was stored as number and is declared as text now; "
        "give it a new name."
    )
    assert view(store, "a", 1).value["load"] == 1
    store.write(run(SITE, 2))
    assert view(store, "a", 3).status == 1


def test_a_column_that_was_added_before_a_crash_is_found(store: Store) -> None:
    store.write(run(SITE, 0))
    wider = Table("", "", (*DATA.columns, Column("memory", "number", "Memory")))
    with store.engine.begin() as connection:  # as a process leaves it that was killed before it could note that down
        connection.execute(sa.text("ALTER TABLE values_1 ADD c5 BIGINT"))
    newer = outline("a", "b", modules=[ModuleOutline("machine", "", {"": wider})])
    store.write(run(newer, 1, a=Said(data=[1.0, None, 5.0]), b=Said(data=[1.0, None, 5.0])))
    assert view(store, "a", 2).value["memory"] == 5


def test_columns_may_be_named_like_words_of_sql(store: Store) -> None:
    names = ("select", "order", "user", "group", "key", "index", "limit", "time", "value", "id", "name", "digest")
    table = Table("", "", tuple(Column(name, "number", name) for name in names))
    rows = Table("table", "", (Column("from", "text", "From"),))
    site = outline(instance("a", module="order"), modules=[ModuleOutline("order", "", {"": table, "table": rows})])
    outcome = Outcome("a", 1.0, "", [float(n) for n in range(len(names))], {"table": [["x"]]})
    store.write(replace(run(site), outcomes=[outcome]))
    assert view(store, "a", 1).value == {name: n for n, name in enumerate(names)}


@pytest.mark.parametrize("module", ["with-dash", "Upper", "with.dot", "x" * 36])
def test_modules_may_be_named_oddly(module: str, store: Store) -> None:
    rows = Table("y" * 20, "", (Column("z" * 40, "text", "Z"),))
    site = outline(instance("a", module=module), modules=[ModuleOutline(module, "", {"": DATA, rows.name: rows})])
    outcome = Outcome("a", 1.0, "", [1.0, "x"], {rows.name: [["r"]]})
    store.write(replace(run(site), outcomes=[outcome]))
    assert view(store, "a", 1).value["note"] == "x"


@pytest.mark.parametrize(
    "text", ["nul \0", "half \ud800", "☺ 𝕏 ä", "x" * 9_000, "'; DROP TABLE runs; --", "%s %(x)s :y"]
)
def test_texts_of_all_kinds_are_stored(text: str, store: Store) -> None:
    facts = (SourceFact(text, 1, text),)
    store.write(run(SITE, 0, note=text, a=Said(-1, sentence=text, facts=facts)))
    expected = text.replace("\0", "\ufffd").replace("\ud800", "?")
    assert view(store, "a", 1).sentence == expected
    assert view(store, "a", 1).run.note == expected
    assert view(store, "a", 1).facts[0].error.replace("\0", "\ufffd") == expected


@pytest.mark.parametrize("number", [0.1, 1e308, -1e308, 5e-324, 2.0**60, -0.0, None])
def test_numbers_come_back_as_they_were(number: float | None, store: Store) -> None:
    store.write(run(SITE, 0, a=Said(load=number)))
    found = view(store, "a", 1).value["load"]
    assert found == number
    assert found is None or math.isfinite(float(found))


def test_two_that_write_in_turn_do_not_disturb_each_other(store: Store, database_url: str, tmp_path: Path) -> None:
    with Store(database_url, tmp_path / "archive") as other:
        for number in range(6):
            writer = (store, other)[number % 2]
            stored = writer.write(run(SITE, number, a=Said(load=number, sentence=f"sentence {number % 3}")))
            assert stored.id == number + 1
    assert [view(store, "a", run_id).value["load"] for run_id in range(1, 7)] == [0, 1, 2, 3, 4, 5]
    assert [view(store, "a", run_id).sentence[-1] for run_id in range(1, 7)] == list("012012")


def test_some_runs_are_stored_in_one_go_or_not_at_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [run(SITE, number, a=Said(load=number // 2)) for number in range(4)]
    with monkeypatch.context() as patch:
        patch.setattr(batch, "insert_rows", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            store.write_all(runs)
    assert count(store, schema.runs) == 0
    assert [stored.id for stored in store.write_all(runs)] == [1, 2, 3, 4]
    assert count(store, schema.datasets) == 3


def test_readers_see_complete_runs_while_one_writes(store: Store) -> None:
    site = outline(*(f"i{number}" for number in range(40)))
    store.write(run(site))
    seen: list[set[float | None]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            page = store.category(ANONYMOUS, "all", None, START + timedelta(days=1))
            assert page is not None
            seen.append({view.value.get("load") for view in page.instances})  # type: ignore[misc]

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 1000):
        store.write(run(site, number, **{instance.name: Said(load=number) for instance in site.instances}))
        if number > 20 and len(seen) > 5:
            break
    done.set()
    reader.join()
    assert len(seen) > 5
    assert all(len(batch) == 1 for batch in seen)


def test_a_database_of_another_version_is_refused(store: Store, database_url: str, tmp_path: Path) -> None:
    store.prepare()
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"is of a newer HappyFace .version 9999 of its tables; this one knows \d{4}"):
        Store(database_url, tmp_path / "archive")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:////proc/no/such/place.db", "cannot be used"),
        ("postgresql+psycopg://nobody:hunter2@127.0.0.1:1/x", r"nobody:\*\*\*@127.0.0.1:1/x cannot be used: .*refused"),
        ("nosuchdb://x/y", "The database's address cannot be used"),
        ("mysql+nosuchdriver://x/y", "The database's address cannot be used"),
    ],
)
def test_a_database_that_cannot_be_used_is_told(url: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=sentence) as caught:
        Store(url, tmp_path / "archive").prepare()
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreError, match="cannot be used: file is not a database"):
        Store(f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "archive")


def test_an_interrupted_placing_is_cleared_away(store: Store, tmp_path: Path) -> None:
    """What a kill leaves between placing contents and the end of the transaction."""
    image = tmp_path / "image.png"
    image.write_bytes(b"kept")
    site = outline(instance("p", module="picture"))
    store.write(run(site, p=Said(image=image)))
    (kept,) = [path for path in store.archive.directory.rglob("*") if path.is_file()]
    lost = store.archive.path("f" * 64)
    lost.parent.mkdir()
    lost.write_bytes(b"lost")
    lost.with_suffix(".new").write_bytes(b"half")
    store.archive.announce([lost.name, kept.name])
    (store.archive.directory / "pending.new").write_text('["half')
    store.recover()
    assert [path for path in store.archive.directory.rglob("*") if path.is_file()] == [kept]
    assert not lost.parent.exists()


def finished(number: int) -> FinishedRun:
    return run(SITE, number)


def test_two_that_write_at_the_same_time_both_succeed_or_say_so(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    said: list[str] = []

    def write(target: Store) -> None:
        for number in range(5):
            try:
                target.write(finished(number))
            except StoreError as error:
                said.append(str(error))

    with Store(database_url, tmp_path / "archive") as other:
        threads = [threading.Thread(target=write, args=(writer,)) for writer in (store, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert count(store, schema.runs) == 10 - len(said)
    assert store.write(finished(9)).id
