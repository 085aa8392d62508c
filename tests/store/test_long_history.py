"""The past is made from what changed: where things begin and end, what is missing, and what was restricted then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from building import DATA, LOAD, MACHINE, QUARTER, START, Said, instance, outline, run
from happyface.contract.columns import Column, Table
from happyface.model.access import ANONYMOUS, Reader
from happyface.model.outline import CategoryOutline, ModuleOutline, Outline
from happyface.model.views import InstanceView, Overview
from happyface.store import Store, schema

SITE = outline("a", "b", instance("c", "other"))
NOW = START + timedelta(days=3)
MEMBER = Reader("Jane", member=True)


def view(store: Store, name: str, run_id: int) -> InstanceView:
    found = store.instance(ANONYMOUS, name, run_id)
    assert found is not None
    return found


def overview(store: Store, asked: datetime | None = None, reader: Reader = ANONYMOUS) -> Overview:
    found = store.overview(reader, asked, NOW)
    assert found is not None
    return found


def quarters(time: datetime) -> float:
    return (time - START) / QUARTER


def strip(page: Overview, name: str) -> list[tuple[float, float, float]]:
    return [(quarters(segment.begin), quarters(segment.end), segment.status) for segment in page.strips[name]]


def trend(store: Store, name: str, run_id: int) -> list[tuple[float, float | None]]:
    (found,) = view(store, name, run_id).trends
    points = found.points
    return [((time - START.timestamp()) / QUARTER.total_seconds(), value) for time, value in points]


def rows(store: Store, table: sa.Table, *columns: str) -> Sequence[tuple[object, ...]]:
    with store.engine.connect() as connection:
        found = connection.execute(sa.select(*(table.c[name] for name in columns)).order_by(*table.primary_key))
        return [tuple(row) for row in found]


# What is written


def test_a_run_in_which_nothing_changed_is_one_row(store: Store) -> None:
    store.write(run(SITE, 0))
    before = {table.name: len(rows(store, table, *table.c.keys())) for table in schema.metadata.sorted_tables}
    for number in range(1, 4):
        store.write(run(SITE, number))
    after = {table.name: len(rows(store, table, *table.c.keys())) for table in schema.metadata.sorted_tables}
    assert {name: count - before[name] for name, count in after.items() if count != before[name]} == {"runs": 3}


def test_a_new_process_writes_no_more_than_what_changed(store: Store, database_url: str) -> None:
    store.write(run(SITE, 0, a=Said(0, 9, "bad")))
    for number in range(1, 3):
        with Store(database_url, store.archive.directory) as other:
            other.write(run(SITE, number, a=Said(0, 9, "bad")))
    assert len(rows(store, schema.results, "run_id")) == 3
    assert len(rows(store, schema.category_results, "run_id")) == 2
    assert len(rows(store, schema.memberships, "run_id")) == 3
    assert len(rows(store, schema.outlines, "id")) == 1
    assert view(store, "a", 3).sentence == "bad"


def test_what_leaves_the_site_ends_and_what_comes_back_begins_anew(store: Store) -> None:
    smaller = outline("a", "b")
    for number, site in enumerate((SITE, smaller, smaller, SITE)):
        store.write(run(site, number, time=START + number * QUARTER))
    of_c = [row[1:] for row in rows(store, schema.results, "instance_id", "run_id", "status") if row[0] == 3]
    assert of_c == [(1, 1), (2, None), (4, 1)]
    assert [quarters(view(store, "c", n).since or NOW) for n in (1, 4)] == [0, 3]
    assert store.instance(ANONYMOUS, "c", 2) is None
    page = overview(store)
    assert strip(page, "other") == [(0, 1, 1), (3, 4, 1)]
    assert strip(page, "all") == [(0, 4, 1)]
    assert trend(store, "c", 4) == [(0, 1), (1, None), (3, 1)]


def test_a_category_that_is_new_begins_with_its_first_run(store: Store) -> None:
    store.write(run(outline("a"), 0))
    store.write(run(SITE, 1))
    assert strip(overview(store), "other") == [(1, 2, 1)]


def test_an_instance_that_was_moved_is_where_it_was_then(store: Store) -> None:
    store.write(run(SITE, 0, c=Said(0)))
    store.write(run(outline("a", "b", "c"), 1, c=Said(0)))
    page = overview(store)
    assert [category.outline.name for category in page.categories] == ["all"]
    assert page.categories[0].status == 0
    then = overview(store, START)
    assert {category.outline.name: category.status for category in then.categories} == {"all": 1, "other": 0}


def test_changes_of_instances_and_categories_are_written_down_with_their_times(store: Store) -> None:
    store.write(run(SITE, 0))
    stored = store.write(run(SITE, 1, c=Said(0.5, sentence="slow")))
    assert [(change.kind, change.name, change.old, change.new, change.sentence) for change in stored.changes] == [
        ("instance", "c", "happy", "neutral", "slow"),
        ("category", "other", "happy", "neutral", "1 of 1: C: slow"),
    ]
    columns = ("id", "time", "run_id", "instance_id", "category_id", "old_status", "new_status", "told")
    found = [row for row in rows(store, schema.changes, *columns) if row[2] == 2]
    time = int((START + QUARTER).timestamp())
    assert found == [(6, time, 2, 3, None, 1, 0.5, False), (7, time, 2, None, 2, 1, 0.5, False)]


def test_a_sentence_alone_is_a_result_and_no_change(store: Store) -> None:
    store.write(run(SITE, 0, a=Said(0, sentence="one pool")))
    stored = store.write(run(SITE, 1, a=Said(0, sentence="two pools")))
    assert stored.changes == ()
    assert [view(store, "a", n).sentence for n in (1, 2)] == ["one pool", "two pools"]
    assert [quarters(view(store, "a", n).since or NOW) for n in (1, 2)] == [0, 0]


# The clock


def test_the_newest_run_is_the_one_that_was_written_last(store: Store) -> None:
    store.write(run(SITE, 0))
    store.write(run(SITE, time=START + timedelta(days=400), a=Said(0)))
    found = store.moment(ANONYMOUS, None, START + QUARTER)
    assert found is not None
    assert (found.run.id, found.run_ahead) == (2, True)
    store.write(run(SITE, 1))
    newest = store.newest()
    assert newest is not None
    assert (newest.id, newest.time, newest.outline_id) == (3, START + QUARTER, 1)
    found = store.moment(ANONYMOUS, None, START + QUARTER)
    assert found is not None
    assert (found.run.id, found.newest.id, found.run_ahead) == (3, 3, False)
    future = store.moment(ANONYMOUS, START + timedelta(days=2), START + QUARTER)
    assert future is not None
    assert (future.run.id, future.in_future) == (3, True)
    assert overview(store).categories[0].status == 1
    assert strip(overview(store), "all") == [(0, 2, 1)]


@pytest.mark.parametrize(("ahead", "told"), [(0, False), (60, False), (61, True)])
def test_a_run_that_lies_ahead_of_now_is_told(ahead: int, told: bool, store: Store) -> None:
    store.write(run(SITE, time=START + timedelta(seconds=ahead)))
    for asked in (None, START):
        found = store.moment(ANONYMOUS, asked, START)
        assert found is not None
        assert found.run_ahead == told


def test_of_two_runs_of_one_time_the_later_one_stands_for_it(store: Store) -> None:
    store.write(run(SITE, 0))
    store.write(run(SITE, 0, a=Said(0)))
    found = store.moment(ANONYMOUS, START, NOW)
    assert found is not None
    assert found.run.id == 2


def test_a_clock_that_ran_ahead_for_a_while_leaves_the_later_runs_their_day(store: Store) -> None:
    for number in (0, 1, 8, 2, 3, 4):  # the third run claims to be of two hours later
        store.write(run(SITE, number, a=Said(0 if number == 8 else 1)))
    store.write(run(SITE, 9))
    assert strip(overview(store), "other") == [(0, 5, 1), (9, 10, 1)]
    assert strip(overview(store), "all")[-1] == (9, 10, 1)


def test_a_time_ahead_is_never_where_a_step_leads_nor_since_when_something_is_so(store: Store) -> None:
    """Two runs claim to be of some days later; then the clock is right again."""
    for number, hours, bad in ((1, 0, False), (2, 72, True), (3, 73, False), (4, 1, True), (5, 2, True), (6, 3, False)):
        store.write(run(SITE, number, time=START + timedelta(hours=hours), a=Said(0 if bad else 1)))
    now = START + timedelta(hours=3)

    def steps(hours: int) -> tuple[datetime | None, datetime | None]:
        found = store.moment(ANONYMOUS, START + timedelta(hours=hours), now)
        assert found is not None
        return found.previous_change, found.next_change

    assert steps(0) == (None, START + timedelta(hours=1))
    assert steps(2) == (START + timedelta(hours=1), START + timedelta(hours=3))
    assert steps(3) == (START + timedelta(hours=1), None)
    assert [view(store, "a", number).since for number in (4, 6)] == [
        START + timedelta(hours=1),
        START + timedelta(hours=3),
    ]
    store.write(run(SITE, time=START + timedelta(days=9), b=Said(0)))
    store.write(run(SITE, time=START + timedelta(hours=4), b=Said(0)))
    assert view(store, "b", 8).since is None
    assert view(store, "b", 7).since == START + timedelta(days=9)


def test_when_its_time_has_come_a_run_that_lay_ahead_does_not_stand_for_it(store: Store) -> None:
    store.write(run(SITE, 0))
    store.write(run(SITE, 5, a=Said(0)))
    for number in range(1, 8):
        store.write(run(SITE, number))
    for number in range(8):
        found = store.moment(ANONYMOUS, START + number * QUARTER, NOW)
        assert found is not None
        assert found.run.id == max(1, number + 2 if number else 1)


# Gaps


def test_where_runs_are_missing_nothing_is_shown(store: Store) -> None:
    for number in (0, 1, 2, 3, 10, 11):
        store.write(run(SITE, number, a=Said(load=number)))
    assert strip(overview(store), "all") == [(0, 4, 1), (10, 12, 1)]
    assert trend(store, "a", 6) == [(0, 0), (1, 1), (2, 2), (3, 3), (4, None), (10, 10), (11, 11)]


def test_a_run_that_came_a_little_late_is_no_gap(store: Store) -> None:
    for number in (0, 1, 2, 4, 5):
        store.write(run(SITE, number))
    assert strip(overview(store), "all") == [(0, 6, 1)]
    assert trend(store, "a", 5) == [(0, 1), (5, 1)]


def test_what_nobody_knows_is_a_gap_in_the_curve(store: Store) -> None:
    for number, load in enumerate([1.0, None, 2.0]):
        store.write(run(SITE, number, a=Said(load=load), b=Said(-1 if load is None else 1, load=3)))
    assert trend(store, "a", 3) == [(0, 1), (1, None), (2, 2)]
    assert trend(store, "b", 3) == [(0, 3), (1, None), (2, 3)]


def test_a_curve_of_many_points_keeps_its_extremes(store: Store) -> None:
    loads = [number % 7 for number in range(900)]
    loads[333], loads[444] = 100, -100
    minute = timedelta(minutes=1)
    store.write_all([run(SITE, time=START + n * minute, a=Said(load=load)) for n, load in enumerate(loads)])
    (found,) = view(store, "a", 900).trends
    points = found.points
    assert len(points) <= 220
    known = dict(points)
    assert known[(START + 333 * minute).timestamp()] == 100
    assert known[(START + 444 * minute).timestamp()] == -100
    assert points[-1] == ((START + 899 * minute).timestamp(), loads[-1])


# What was restricted then


def closed(*names: str) -> Outline:
    """The site, with some instances for members only."""
    every = ("a", "b", "secret")
    return outline(*(instance(name, access="restricted" if name in names else "open") for name in every))


OPEN = closed()


def test_a_strip_does_not_count_what_was_restricted_for_an_hour(store: Store) -> None:
    bad = {"secret": Said(0, sentence="SECRET")}
    for number, site in enumerate([OPEN, OPEN, closed("secret"), OPEN, OPEN]):
        store.write(run(site, number, **(bad if number == 2 else {})))
    store.current = OPEN
    page = overview(store)
    assert "SECRET" not in repr(page)
    assert strip(page, "all") == [(0, 5, 1)]
    assert strip(overview(store, reader=MEMBER), "all") == [(0, 2, 1), (2, 3, 0), (3, 5, 1)]


def test_a_strip_does_not_count_who_was_restricted_in_a_category_that_it_has_left(store: Store) -> None:
    there = outline("a", instance("secret", access="restricted"))
    elsewhere = outline("a", instance("secret", "other"))
    store.write(run(there, 0, secret=Said(0, sentence="SECRET")))
    store.write(run(elsewhere, 1))
    store.current = elsewhere
    page = overview(store)
    assert "SECRET" not in repr(page)
    assert strip(page, "all") == [(0, 2, 1)]


def test_a_category_that_was_restricted_then_shows_nothing_of_that_time(store: Store) -> None:
    was = outline("a", instance("x", "closed"), access={"closed": "restricted"})
    now = outline("a", instance("x", "closed"))
    store.write(run(was, 0, x=Said(0, sentence="SECRET")))
    store.write(run(now, 1))
    store.current = now
    page = overview(store)
    assert "SECRET" not in repr(page)
    assert all(status != 0 for _, _, status in strip(page, "closed"))
    assert strip(overview(store, reader=MEMBER), "closed") == [(0, 1, 0), (1, 2, 1)]


def test_steps_do_not_lead_to_what_was_restricted_then(store: Store) -> None:
    bad = {"secret": Said(0)}
    for number, site in enumerate([OPEN, closed("secret"), closed("secret"), OPEN]):
        store.write(run(site, number, **(bad if number == 2 else {})))
    store.current = OPEN
    found = store.moment(ANONYMOUS, START, NOW)
    assert found is not None
    assert found.next_change is not None  # the run after which it is open again, and well again
    assert quarters(found.next_change) == 3
    member = store.moment(MEMBER, START, NOW)
    assert member is not None
    assert member.next_change == START + 2 * QUARTER


def test_an_open_strip_is_read_from_the_categories_own_results(store: Store) -> None:
    """An algorithm that was changed does not change the past of a category of which all may be seen."""
    best = replace(OPEN, categories=(CategoryOutline("all", "All", algorithm="best", instances=("a", "b", "secret")),))
    store.write(run(best, 0, a=Said(0)))
    store.write(run(OPEN, 1, a=Said(0)))
    store.current = OPEN
    assert strip(overview(store), "all") == [(0, 1, 1), (1, 2, 0)]


# Modules that change


def with_data(*columns: Column) -> Outline:
    return outline("a", modules=[ModuleOutline("machine", "", {"": Table("", "", columns)}), *[]])


def said(site: Outline, number: int, *data: object) -> object:
    return replace(run(site, number), outcomes=[replace(Said().outcome("a"), data=list(data))])


NOTE = Column("note", "text", "Note")


def test_a_renamed_column_keeps_its_history(store: Store) -> None:
    store.write(said(with_data(LOAD, NOTE), 0, 1.0, "x"))  # type: ignore[arg-type]
    renamed = with_data(replace(LOAD, name="pressure", was="load", main=True), NOTE)
    store.write(said(renamed, 1, 2.0, "x"))  # type: ignore[arg-type]
    assert view(store, "a", 1).value == {"load": 1, "note": "x"}
    assert view(store, "a", 2).value == {"pressure": 2, "note": "x"}
    assert trend(store, "a", 2) == [(0, 1), (1, 2)]
    again = with_data(replace(LOAD, name="stress", was="pressure"), NOTE)
    store.write(said(again, 2, 3.0, "x"))  # type: ignore[arg-type]
    assert trend(store, "a", 3) == [(0, 1), (1, 2), (2, 3)]


def test_a_name_that_is_still_in_use_is_not_renamed(store: Store) -> None:
    store.write(said(with_data(LOAD, NOTE), 0, 1.0, "x"))  # type: ignore[arg-type]
    both = with_data(LOAD, Column("pressure", "number", "P", was="load"), NOTE)
    store.write(said(both, 1, 2.0, 5.0, "x"))  # type: ignore[arg-type]
    assert view(store, "a", 2).value == {"load": 2, "pressure": 5, "note": "x"}


def test_whole_numbers_may_become_numbers(store: Store) -> None:
    whole = Column("count", "integer", "Count")
    store.write(said(with_data(whole), 0, 7))  # type: ignore[arg-type]
    store.write(said(with_data(replace(whole, kind="number")), 1, 7.5))  # type: ignore[arg-type]
    values = [view(store, "a", n).value["count"] for n in (1, 2)]
    assert values == [7, 7.5]
    assert [type(value) for value in values] == [int, float]
    assert trend(store, "a", 2) == [(0, 7), (1, 7.5)]
    store.write(said(with_data(whole), 2, 8))  # type: ignore[arg-type]
    assert view(store, "a", 3).sentence == (
        "The module machine cannot be stored: its column count was stored as number and is declared as integer now; "
        "give it a new name."
    )


def test_two_modules_keep_apart_what_they_call_alike(store: Store) -> None:
    other = ModuleOutline("computer", "", {"": DATA, "pool": MACHINE.tables["pool"]})
    site = outline("a", instance("b", module="computer"), modules=[MACHINE, other])
    store.write(run(site, a=Said(load=1, pools=[["p", 1]]), b=Said(load=2, pools=[["p", 2]])))
    assert [view(store, name, 1).value["load"] for name in "ab"] == [1, 2]
    assert [view(store, name, 1).rows[0].rows[0][1].value for name in "ab"] == [1, 2]
    assert rows(store, schema.modules, "name") == [("machine",), ("computer",)]
