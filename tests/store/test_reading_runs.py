"""What pages are given: the right run of any moment, the worst first, and no more than the reader may see."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from building import DATA, LOAD, QUARTER, START, Said, instance, outline, run
from happyface.contract.columns import Cell, Column, Table
from happyface.contract.limits import Above, Below
from happyface.contract.states import State
from happyface.model.access import ANONYMOUS, Reader
from happyface.model.outline import InstanceOutline, ModuleOutline, Outline
from happyface.model.views import Moment
from happyface.store import Store

SITE = outline("a", "b", instance("c", "other"))
NOW = START + timedelta(days=3)
MEMBER = Reader("Jane", member=True)


def moment(store: Store, asked: datetime | None, now: datetime = NOW) -> Moment:
    found = store.moment(ANONYMOUS, asked, now)
    assert found is not None
    return found


def test_an_empty_store_shows_nothing(store: Store) -> None:
    assert store.moment(ANONYMOUS, None, NOW) is None
    assert store.overview(ANONYMOUS, None, NOW) is None
    assert store.category(ANONYMOUS, "all", None, NOW) is None
    assert store.listing(ANONYMOUS, None, NOW) is None
    assert store.instance(ANONYMOUS, "a", 1) is None


@pytest.mark.parametrize(
    ("asked", "run_id", "said"),
    [
        (None, 3, ""),
        ("12:00:00", 1, ""),
        ("12:14:59", 1, ""),
        ("12:15:00", 2, ""),  # the run began at 12:15:30: at or before the end of that minute
        ("12:15:45", 2, ""),
        ("12:16:00", 2, ""),
        ("12:29:59", 2, ""),
        ("12:30:00", 3, ""),
        ("23:00:00", 3, ""),
        ("11:59:59", 1, "before_first"),
        ("00:00:00", 1, "before_first"),
    ],
)
def test_a_moment_is_shown_by_the_newest_run_before_the_end_of_its_minute(
    asked: str | None, run_id: int, said: str, store: Store
) -> None:
    for time in (START, START + QUARTER + timedelta(seconds=30), START + 2 * QUARTER):
        store.write(run(SITE, time=time))
    wanted = datetime.fromisoformat(f"2026-03-01T{asked}+00:00") if asked else None
    found = moment(store, wanted)
    assert (found.run.id, found.newest.id, found.asked) == (run_id, 3, wanted)
    assert (found.before_first, found.in_future) == (said == "before_first", False)


@pytest.mark.parametrize(("ahead", "in_future"), [(0, False), (59, False), (61, True), (10**9, True)])
def test_the_future_is_the_newest_run_saying_so(ahead: int, in_future: bool, store: Store) -> None:
    store.write(run(SITE))
    found = moment(store, NOW + timedelta(seconds=ahead))
    assert (found.run.id, found.in_future, found.before_first) == (1, in_future, False)


def test_the_steps_lead_from_change_to_change(store: Store) -> None:
    for number, status in enumerate([1, 1, 0, 0, 1, 1]):
        store.write(run(SITE, number, a=Said(status)))
    steps = [moment(store, START + number * QUARTER) for number in range(6)]
    told = [
        tuple((change - START) / QUARTER if change else None for change in (found.previous_change, found.next_change))
        for found in steps
    ]
    assert told == [(None, 2), (0, 2), (0, 4), (2, 4), (2, None), (4, None)]


def test_a_category_shows_trouble_first_and_then_its_own_order(store: Store) -> None:
    site = outline("fine", "lost", "bad", "half", instance("news", type="unrated"), "good")
    said = {"lost": Said(-1), "bad": Said(0.0), "half": Said(0.5), "news": Said(0.0)}
    store.write(run(site, **said))
    page = store.category(ANONYMOUS, "all", None, NOW)
    assert page is not None
    assert [view.outline.name for view in page.instances] == ["bad", "half", "lost", "fine", "news", "good"]
    overview = store.overview(ANONYMOUS, None, NOW)
    assert overview is not None
    assert [view.outline.name for view in overview.trouble] == ["bad", "half", "lost"]


def test_the_first_rows_are_shown_and_the_others_come_when_asked_for(store: Store) -> None:
    store.write(run(SITE, a=Said(pools=[[f"p{number}", number] for number in range(100)])))
    page = store.category(ANONYMOUS, "all", None, NOW)
    assert page is not None
    rows = page.instances[0].rows[0]
    assert (len(rows.rows), rows.total, rows.complete) == (25, 100, False)
    assert [row[1].value for row in rows.rows] == list(range(25))
    whole = store.instance(ANONYMOUS, "a", 1, whole_rows=["machine"])
    assert whole is not None
    assert (len(whole.rows[0].rows), whole.rows[0].complete, whole.rows[0].in_order) == (100, True, True)
    found = store.table(ANONYMOUS, "a", 1, "pool", first=90, count=5)
    assert found is not None
    assert found[0].folded
    assert (found[1].first, found[1].total) == (90, 100)
    assert [row[1].value for row in found[1].rows] == [90, 91, 92, 93, 94]


def test_the_last_day_of_each_category_is_a_strip(store: Store) -> None:
    store.write_all(
        [run(SITE, number, a=Said(0 if number == 100 else 1, sentence=f"{number}")) for number in range(120)]
    )
    overview = store.overview(ANONYMOUS, START + 110 * QUARTER, NOW)
    assert overview is not None
    told = [
        ((segment.begin - START) / QUARTER, (segment.end - START) / QUARTER, segment.status, segment.sentence)
        for segment in overview.strips["all"]
    ]
    assert told == [(15, 100, 1, "all well"), (100, 101, 0, "1 of 2: A: 100"), (101, 111, 1, "all well")]
    assert [segment.status for segment in overview.strips["other"]] == [1.0]


def test_the_main_value_of_the_last_day_is_a_trend(store: Store) -> None:
    store.write_all([run(SITE, number, a=Said(load=number // 10)) for number in range(120)])
    page = store.category(ANONYMOUS, "all", START + 110 * QUARTER, NOW)
    assert page is not None
    (a,) = [view for view in page.instances if view.outline.name == "a"]
    (trend,) = a.trends
    assert trend.column.name == "load"
    told = [((time - START.timestamp()) / QUARTER.total_seconds(), value) for time, value in trend.points]
    assert told == [(15, 1), *((number, number // 10) for number in range(20, 111, 10))]


def test_columns_that_are_to_have_a_curve_have_one_beside_the_main_one(store: Store) -> None:
    columns = (LOAD, Column("jobs", "integer", "Jobs", chart=True), Column("free", "number", "Free"))
    module = ModuleOutline("charted", "", {"": Table("", "", columns)})
    site = outline(instance("a", module="charted"), modules=[module])
    store.write_all([run(site, number, a=Said(data=[1.0, number // 4, 0.5])) for number in range(8)])
    view = store.instance(ANONYMOUS, "a", 8)
    assert view is not None
    curves = {trend.column.name: [value for _, value in trend.points] for trend in view.trends}
    assert curves == {"load": [1.0, 1.0], "jobs": [0, 1, 1]}


JOBS = Column("jobs", "integer", "Jobs", limits=Above(critical=50))
FULL = Column("free", "number", "Free", limits=Below(critical=5))
NODES = Table("node", "Nodes", (Column("name", "text", "Name"), FULL), counts=True, key="name")


def curves_of(store: Store, said: Sequence[Said], **settings: Any) -> list[tuple[str, Cell, list[float | None]]]:
    """The curves of the last of some runs of an instance: the column, the row, the values."""
    limits = {"": {"load": LOAD.limits, "jobs": JOBS.limits}, "node": {"free": FULL.limits}}
    module = ModuleOutline("farm", "", {"": Table("", "", (LOAD, JOBS)), "node": NODES})
    made = InstanceOutline("a", "A", "farm", "all", "A", limits=limits, **settings)
    site = outline(made, modules=[module])
    store.write_all([run(site, number, a=each) for number, each in enumerate(said)])
    view = store.instance(ANONYMOUS, "a", len(said))
    assert view is not None
    return [(trend.column.name, trend.key, [value for _, value in trend.points]) for trend in view.trends]


def nodes(*rows: list[Cell]) -> Said:
    return Said(data=[1.0, 0], rows={"node": list(rows)})


def test_the_curve_on_a_card_is_the_number_at_fault(store: Store) -> None:
    assert curves_of(store, [Said(data=[1.0, 3]), Said(data=[1.0, 60])]) == [("jobs", None, [3, 60])]


def test_the_worst_of_several_numbers_at_fault_is_the_first_curve(store: Store) -> None:
    found = curves_of(store, [Said(data=[6.0, 60]), Said(data=[6.0, 61])])
    assert [name for name, _, _ in found] == ["jobs", "load"]


def test_the_curve_on_a_card_is_that_of_the_row_at_fault(store: Store) -> None:
    said = [nodes(["n1", 9.0], ["n2", 8.0]), nodes(["n1", 9.0]), nodes(["n1", 9.0], ["n2", 3.0])]
    assert curves_of(store, said) == [("free", "n2", [8.0, None, 3.0])]


def test_a_row_with_a_limit_of_its_own_has_its_curve_by_that(store: Store) -> None:
    columns = (
        Column("title", "text", "Value of"),
        Column("value", "state", "Value"),
        Column("number", "number", "Number", hidden=True, unit_in="unit", limits_in="limit"),
        Column("limit", "text", "Limits"),
        Column("unit", "text", "Unit", hidden=True),
    )
    values = Table("value", "Values", columns, counts=True, key="title")
    site = outline(instance("a", module="named"), modules=[ModuleOutline("named", "", {"": DATA, "value": values})])
    rows: list[list[Cell]] = [
        ["Disk", State.fine("9 GB"), 9e9, "critical < 5 GB", "bytes"],
        ["Queue", State.critical("7 (critical > 5)"), 7.0, "critical >= 5", ""],
    ]
    store.write_all([run(site, number, a=Said(0, rows={"value": rows})) for number in range(2)])
    view = store.instance(ANONYMOUS, "a", 2)
    assert view is not None
    ((column, points, _, key, limits),) = view.trends
    assert (column.name, key, [value for _, value in points], limits) == ("number", "Queue", [7, 7], Above(critical=5))


def test_a_row_among_very_many_has_no_curve(store: Store) -> None:
    many: list[list[Cell]] = [[f"n{number}", 9.0] for number in range(2100)]
    assert curves_of(store, [nodes(*many, ["bad", 4.0]), nodes(*many, ["bad", 3.0])]) == []


def test_the_curve_on_a_card_is_the_number_of_the_rule_that_rates_it(store: Store) -> None:
    said = [Said(0, data=[1.0, 3]), Said(0, data=[1.0, 4])]
    assert curves_of(store, said, rules={"critical": "$jobs < 10"}) == [("jobs", None, [3, 4])]


def test_a_listing_has_every_instance_by_category(store: Store) -> None:
    store.write(run(SITE, c=Said(0)))
    listing = store.listing(ANONYMOUS, None, NOW)
    assert listing is not None
    assert {
        category.outline.name: [m.outline.name for m in listing.members(category.outline.name)]
        for category in listing.categories
    } == {
        "all": ["a", "b"],
        "other": ["c"],
    }


def test_a_page_of_the_past_shows_the_site_as_it_was(store: Store) -> None:
    store.write(run(outline("a", "gone", title="Old name"), 0))
    store.write(run(outline("a", "new", title="New name"), 1))
    then = store.category(ANONYMOUS, "all", START, NOW)
    now = store.category(ANONYMOUS, "all", None, NOW)
    assert then
    assert now
    assert [view.outline.name for view in then.instances] == ["a", "gone"]
    assert [view.outline.name for view in now.instances] == ["a", "new"]
    assert (then.outline.title, now.outline.title) == ("Old name", "New name")


# Access


OPEN = outline("a", "secret", instance("x", "closed"), instance("y", "closed"))
RESTRICTED = outline(
    "a",
    instance("secret", access="restricted"),
    instance("x", "closed"),
    instance("y", "closed"),
    access={"closed": "restricted"},
)
BAD = {
    "secret": Said(0.0, 99, "SECRET sentence", "SECRET note", [["SECRET", 1]]),
    "x": Said(0.0, 99, "SECRET x"),
}


def everything(store: Store, reader: Reader, asked: datetime | None) -> str:
    """All that the reading methods tell a reader of a moment."""
    overview = store.overview(reader, asked, NOW)
    assert overview is not None
    told = [overview, store.listing(reader, asked, NOW), store.moment(reader, asked, NOW)]
    told += [store.category(reader, name, asked, NOW) for name in ("all", "closed")]
    run_id = overview.moment.run.id
    told += [store.instance(reader, name, run_id) for name in ("a", "secret", "x", "y")]
    return repr(told)


@pytest.mark.parametrize(
    ("then", "now"),
    [(RESTRICTED, RESTRICTED), (RESTRICTED, OPEN), (OPEN, RESTRICTED), (RESTRICTED, None)],
    ids=["always", "no longer", "only now", "unknown now"],
)
def test_what_is_restricted_now_or_was_then_is_shown_to_members_only(
    then: Outline, now: Outline | None, store: Store
) -> None:
    store.write_all([run(then, 0, **BAD), run(then, 1, **BAD)])
    store.current = now
    told = everything(store, ANONYMOUS, None) + everything(store, ANONYMOUS, START)
    for word in ("SECRET", "secret", "Secret", "'x'", "'y'", "closed", "Closed", "99"):
        assert word not in told
    overview = store.overview(ANONYMOUS, None, NOW)
    assert overview is not None
    assert [
        (category.outline.name, category.status, category.sentence.strip()) for category in overview.categories
    ] == [("all", 1.0, "all well")]
    assert [(segment.status, segment.sentence.strip()) for segment in overview.strips["all"]] == [(1.0, "all well")]
    assert overview.strips.keys() == {"all"}
    members = everything(store, MEMBER, None)
    assert "SECRET note" in members
    assert "SECRET x" in members


def test_what_is_open_now_and_then_is_shown_to_everybody(store: Store) -> None:
    store.write(run(OPEN, 0, **BAD))
    store.current = OPEN
    assert everything(store, ANONYMOUS, None) == everything(store, MEMBER, None)


def test_an_instance_that_was_moved_into_a_restricted_category_is_hidden_in_the_past(store: Store) -> None:
    store.write(run(outline("a", "b"), 0, b=Said(0, sentence="SECRET")))
    store.current = outline("a", instance("b", "closed"), access={"closed": "restricted"})
    assert "SECRET" not in repr(store.overview(ANONYMOUS, None, NOW))
    assert store.instance(ANONYMOUS, "b", 1) is None
    assert store.instance(MEMBER, "b", 1) is not None


def test_changes_of_restricted_instances_are_no_steps(store: Store) -> None:
    store.write(run(RESTRICTED, 0))
    store.write(run(RESTRICTED, 1, **BAD))
    store.write(run(RESTRICTED, 2))
    assert moment(store, START).next_change is None
    found = store.moment(MEMBER, START, NOW)
    assert found is not None
    assert found.next_change == START + QUARTER


@pytest.mark.parametrize("now", [None, "restricted"])
def test_files_of_restricted_instances_are_for_members(now: str | None, store: Store, tmp_path: Path) -> None:
    image = tmp_path / "x.png"
    image.write_bytes(b"secret picture")
    access = "open" if now else "restricted"
    store.write(run(outline(instance("p", module="picture", access=access)), p=Said(image=image)))
    if now:
        store.current = outline(instance("p", module="picture", access=now))
    view = store.instance(MEMBER, "p", 1)
    assert view is not None
    path = str(view.value["image"])
    assert store.file(MEMBER, path) is not None
    assert store.file(ANONYMOUS, path) is None


def test_a_changed_site_changes_what_is_seen_at_once(store: Store) -> None:
    store.write(run(OPEN, 0, **BAD))
    assert store.instance(ANONYMOUS, "secret", 1) is not None
    store.current = RESTRICTED
    assert store.instance(ANONYMOUS, "secret", 1) is None


# Statements


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    sa.event.listen(store.engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(store.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("reader", [ANONYMOUS, MEMBER], ids=["everybody", "member"])
def test_a_page_costs_the_same_statements_for_ten_and_for_hundreds_of_instances(store: Store, reader: Reader) -> None:
    store.write(run(SITE, -1))
    assert store.category(
        reader, "all", None, NOW
    )  # the first page looks at the version, and where modules' values lie
    costs = {}
    for number, size in enumerate((10, 100, 400)):
        site = outline(
            *(instance(f"i{number}", access="restricted" if number == 3 else "open") for number in range(size)),
            *(instance(f"p{number}", "pictures") for number in range(size)),
        )
        said = {f"i{number}": Said(pools=[["p", number]], load=number) for number in range(size)}
        store.write(run(site, number, **said))
        store.current = site
        with statements(store) as category:
            assert store.category(reader, "all", None, NOW)
        with statements(store) as again:
            assert store.category(reader, "all", None, NOW)
        with statements(store) as overview:
            assert store.overview(reader, None, NOW)
        with statements(store) as listing:
            assert store.listing(reader, None, NOW)
        costs[size] = len(category), len(again), len(overview), len(listing)
    tables = 2  # of the one module class that is shown
    partial = 1  # what the other members said, where a reader may not see all of a category
    assert costs[10] == costs[100] == costs[400]
    assert costs[10][0] <= 7 + partial + tables
    assert costs[10][1] <= 6 + partial + tables
    assert costs[10][2] <= 10


@pytest.mark.parametrize("reader", [ANONYMOUS, MEMBER], ids=["everybody", "member"])
def test_no_page_reads_a_whole_table(reader: Reader, tmp_path: Path) -> None:
    """What a page costs must not grow with the years: every large table is entered by a key."""
    site = outline("a", instance("b", access="restricted"), instance("c", "other"))
    found: dict[str, object] = {}
    with Store(f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "archive", site) as store:
        store.write_all([run(site, n, a=Said(n % 2, n, f"{n}", pools=[["p", n]])) for n in range(100)])
        note = lambda *given: found.__setitem__(given[2], given[3])  # noqa: E731
        sa.event.listen(store.engine, "before_cursor_execute", note)
        everything(store, reader, None)
        everything(store, reader, START + QUARTER)
        store.newest()
        store.table(reader, "a", 5, "pool")
        store.file(reader, "2026/01/01/00/00/x.png")
        sa.event.remove(store.engine, "before_cursor_execute", note)
        with store.engine.connect() as connection:
            plans = {
                statement: [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)]
                for statement, given in found.items()
                if statement.startswith("SELECT") and "sqlite_master" not in statement
            }
    assert len(plans) > 12
    large = ("runs", "results", "same", "category_results", "changes", "datasets", "texts", "values_1", "rows_2")
    scans = {step for plan in plans.values() for step in plan if step.startswith("SCAN")}
    scans -= {"SCAN runs USING COVERING INDEX runs_time"}  # of which the first one is taken
    assert {step for step in scans if step.split()[1] in large} == set()


def test_a_run_is_written_with_few_statements(store: Store) -> None:
    site = outline(*(f"i{number}" for number in range(300)))
    store.write(run(site, 0))
    with statements(store) as found:
        store.write(run(site, 1))
    assert len(found) <= 10
    with statements(store) as changed:
        store.write(run(site, 2, **{f"i{number}": Said(load=number, sentence=f"{number}") for number in range(300)}))
    assert len(changed) <= 12


def test_times_are_in_utc(store: Store) -> None:
    store.write(run(SITE, time=START.replace(microsecond=999)))
    assert moment(store, None).run.time == START
    assert moment(store, None).run.time.tzinfo is UTC
    assert replace(moment(store, None).run, id=1) == moment(store, None).run
