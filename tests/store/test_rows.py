"""Rows: the worst first on a page, in the module's own order for its template, and a page of many is read alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from building import START, Said, instance, outline, run
from happyface.contract.columns import Cell, Column, Table
from happyface.contract.limits import Above, Limit, Limits
from happyface.contract.states import State
from happyface.model.access import ANONYMOUS, Reader
from happyface.model.outline import ModuleOutline
from happyface.model.results import Outcome
from happyface.model.views import InstanceView, RowsView
from happyface.store import Store, schema

NOW = START + timedelta(days=3)
MEMBER = Reader("Jane", member=True)

USED = Above(warning=0.5, critical=0.9)
OLD = Limits(Limit(">=", 900.0), Limit(">=", 3600.0), age=True)
COLUMNS = (
    Column("name", "text", "Name"),
    Column("used", "number", "Used", limits=USED),
    Column("state", "state", "State"),
    Column("seen", "time", "Seen", limits=OLD),
)
TIME = START.timestamp()


def site(table: Table, **limits: Limits) -> Any:
    pool = instance("a", module="pools")
    return outline(
        replace(pool, limits={table.name: limits or {"used": USED, "seen": OLD}}),
        modules=[ModuleOutline("pools", "", {table.name: table})],
    )


def write(store: Store, table: Table, rows: Sequence[Sequence[Cell]], **given: Any) -> None:
    outcome = Outcome("a", 1.0, "", None, {table.name: [list(row) for row in rows]}, **given)
    store.write(replace(run(site(table)), outcomes=[outcome]))


def view(store: Store, *whole: str) -> InstanceView:
    found = store.instance(ANONYMOUS, "a", 1, whole_rows=whole)
    assert found is not None
    return found


def names(rows: RowsView) -> list[Any]:
    return [row[0].value for row in rows.rows]


def row(name: str, used: float | None = 0.1, state: State | None = None, seen: float | None = None) -> list[Cell]:
    return [name, used, state, seen]


def test_the_worst_rows_come_first_and_the_others_stay_in_order(store: Store) -> None:
    table = Table("pool", "Pools", COLUMNS)
    rows = [
        row("fine"),
        row("unknown", None),
        row("full", 0.95),
        row("half", 0.6),
        row("down", 0.1, State.critical("down")),
        row("drained", 0.1, State.fine("down, acknowledged")),
        row("stale", 0.1, None, TIME - 7200),
        row("late", 0.1, None, TIME - 1000),
        row("last"),
    ]
    write(store, table, rows)
    given = [row[0] for row in rows]
    worst = ["full", "down", "stale", "half", "late", "fine", "unknown", "drained", "last"]
    assert names(view(store).rows[0]) == worst
    assert not view(store).rows[0].in_order
    assert names(view(store, "pools").rows[0]) == given
    assert view(store, "pools").rows[0].in_order
    found = store.table(ANONYMOUS, "a", 1, "pool", first=2, count=3)
    assert found is not None
    assert names(found[1]) == worst[2:5]


@pytest.mark.parametrize(
    ("sort", "expected"), [("-used", "dabBc"), ("used", "dBbac"), ("name", "dabBc"), ("", "dbacB")]
)
def test_a_table_says_how_rows_that_are_equally_well_are_sorted(sort: str, expected: str, store: Store) -> None:
    rows = [row("b", 0.2), row("a", 0.3), row("c", None), row("d", 0.95), row("B", 0.1)]
    write(store, Table("pool", "", COLUMNS, sort=sort), rows)
    assert "".join(names(view(store).rows[0])) == expected


@pytest.mark.parametrize(
    ("sort", "expected"), [("used, name", "cabd"), ("used, -name", "cbad"), ("-used, name", "dabc")]
)
def test_of_rows_that_are_alike_in_one_column_another_one_decides(sort: str, expected: str, store: Store) -> None:
    write(store, Table("pool", "", COLUMNS, sort=sort), [row("b", 0.2), row("a", 0.2), row("c", 0.1), row("d", 0.3)])
    assert "".join(names(view(store).rows[0])) == expected


def test_a_state_wears_the_face_of_its_own_status(store: Store) -> None:
    write(store, Table("pool", "", COLUMNS), [row("a", 0.1, State.critical("down")), row("b", 0.1, State.unknown("?"))])
    a, b = view(store).rows[0].rows
    assert [(cell[2].value, cell[2].status) for cell in (a, b)] == [("down", 0.0), ("?", -1.0)]
    assert isinstance(a[2].value, State)
    assert a[2].value.status == 0


def test_a_time_is_rated_by_its_age_in_the_run_that_is_shown(store: Store) -> None:
    table = Table("pool", "", COLUMNS)
    outcome = Outcome("a", 1.0, "", None, {"pool": [row("a", 0.1, None, TIME)]})
    for number in range(6):
        store.write(replace(run(site(table), number), outcomes=[outcome]))
    statuses = []
    for run_id in range(1, 7):
        found = store.instance(ANONYMOUS, "a", run_id)
        assert found is not None
        cell = found.rows[0].rows[0][3]
        statuses.append((cell.status, cell.reason.split(" ")[0]))
    assert statuses == [(1, ""), (0.5, "warning"), (0.5, "warning"), (0.5, "warning"), (0, "critical"), (0, "critical")]
    with store.engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(schema.datasets)) == 1


def test_the_rows_of_a_module_that_rates_itself_have_no_limits(store: Store) -> None:
    rows = [row("fine"), row("full", 0.95), row("down", 0.1, State.critical("down"))]
    write(store, Table("pool", "", COLUMNS), rows, limited=False)
    found = view(store).rows[0]
    assert names(found) == ["down", "fine", "full"]
    assert [cells[1].status for cells in found.rows] == [-1, -1, -1]


def test_of_a_hundred_thousand_rows_a_page_is_read(store: Store) -> None:
    table = Table("pool", "", (Column("name", "text", "Name"), Column("used", "number", "Used")), key="name")
    count = 100_000 if store.engine.dialect.name == "sqlite" else 5_000
    rows = [[f"pool{number}", 1 - number / count] for number in range(count)]
    write(store, table, rows)
    read: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *given: read.append(given[2]))
    found = store.table(ANONYMOUS, "a", 1, "pool", first=count - 50, count=25)
    assert found is not None
    assert (found[1].total, len(found[1].rows), found[1].first) == (count, 25, count - 50)
    page = store.category(ANONYMOUS, "all", None, NOW)
    assert page is not None
    assert len(page.instances[0].rows[0].rows) == 25
    whole = store.instance(ANONYMOUS, "a", 1, whole_rows=["pools"])
    assert whole is not None
    assert len(whole.rows[0].rows) == min(count, 10_000)
    if store.engine.dialect.name == "sqlite":
        statement = next(step for step in read if "rank >=" in step).replace("?", "1")
        with store.engine.connect() as connection:
            plan = " ".join(str(step) for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
        assert "PRIMARY KEY (dataset_id=? AND rank>? AND rank<?)" in plan


def test_the_curve_of_one_key_is_one_walk(store: Store) -> None:
    table = Table("pool", "", COLUMNS, key="name")
    write(store, table, [row(f"p{number}") for number in range(3)])
    indexes = [index["column_names"] for index in sa.inspect(store.engine).get_indexes("rows_1")]
    assert ["c1", "dataset_id"] in indexes


def test_a_class_that_gains_a_key_gains_an_index(store: Store) -> None:
    write(store, Table("pool", "", COLUMNS), [row("x" * 5000)])
    keyed = Table("pool", "", COLUMNS, key="name")
    store.write(replace(run(site(keyed), 1), outcomes=[Outcome("a", 1.0, "", None, {"pool": [row("y")]})]))
    found = store.instance(ANONYMOUS, "a", 2)
    assert found is not None
    assert names(found.rows[0]) == ["y"]


def test_tables_and_rows_that_are_not_there(store: Store) -> None:
    table = Table("pool", "", COLUMNS)
    write(store, table, [row("a")])
    assert store.table(ANONYMOUS, "a", 1, "other") is None
    assert store.table(ANONYMOUS, "a", 1, "") is None
    assert store.table(ANONYMOUS, "b", 1, "pool") is None
    assert store.table(ANONYMOUS, "a", 9, "pool") is None
    found = store.table(ANONYMOUS, "a", 1, "pool", first=-5, count=-1)
    assert found is not None
    assert (found[1].rows, found[1].total, found[1].first) == ([], 1, 0)


def test_a_table_of_a_restricted_instance_is_for_members(store: Store) -> None:
    shut = outline(instance("a", access="restricted"))
    store.write(run(shut, a=Said(pools=[["p", 1]])))
    assert store.table(ANONYMOUS, "a", 1, "pool") is None
    assert store.table(MEMBER, "a", 1, "pool") is not None


def test_what_is_folded_is_not_read(store: Store) -> None:
    both = outline("a", "b")
    store.write(run(both, 0, a=Said(0, 9, pools=[["p", 1]]), b=Said(pools=[["q", 2]])))
    page = store.category(ANONYMOUS, "all", None, NOW, unfolded=lambda view: view.in_trouble)
    assert page is not None
    a, b = page.instances
    assert (a.folded, a.value["load"], len(a.rows[0].rows)) == (False, 9, 1)
    assert (b.folded, list(b.cells), list(b.rows), list(b.trends)) == (True, [], [], [])
    assert (b.status, b.since) == (1, START)


def test_a_file_belongs_to_the_dataset_that_stored_it(store: Store, tmp_path: Path) -> None:
    """Whether it may be seen is decided by the run in which it was stored first."""
    image = tmp_path / "x.png"
    image.write_bytes(b"picture")
    opened = outline(instance("p", module="picture"))
    store.write(run(opened, 0, p=Said(image=image)))
    store.write(run(opened, 1, p=Said(image=image)))
    found = store.instance(ANONYMOUS, "p", 2)
    assert found is not None
    path = str(found.value["image"])
    assert path.startswith(f"{START:%Y/%m/%d/%H/%M}/")
    assert store.file(ANONYMOUS, path) is not None
    with store.engine.connect() as connection:
        assert connection.execute(sa.select(schema.archive.c.dataset_id)).scalars().all() == [1]


@pytest.mark.parametrize("reader", [ANONYMOUS, MEMBER], ids=["everybody", "member"])
def test_ninety_configurations_in_a_day_cost_no_more_statements(store: Store, reader: Reader) -> None:
    def at(number: int) -> Any:
        return outline("a", instance("secret", access="restricted"), title=f"Title {number}")

    def cost() -> int:
        found: list[str] = []
        listener = lambda *given: found.append(given[2])  # noqa: E731
        sa.event.listen(store.engine, "before_cursor_execute", listener)
        assert store.overview(reader, None, NOW)
        assert store.category(reader, "all", None, NOW)
        sa.event.remove(store.engine, "before_cursor_execute", listener)
        return len(found)

    store.write(run(at(0), 0))
    cost()
    store.write(run(at(0), 1))
    one = cost()
    store.write_all([run(at(number), number) for number in range(2, 92)])
    cost()
    assert cost() == one
