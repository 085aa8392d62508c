"""Numbers over time: values hold until they change, and what nobody knows is a gap."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from building import DATA, LOAD, MACHINE, QUARTER, START, Said, instance, outline, run
from happyface.contract.columns import Column, Table
from happyface.contract.states import State
from happyface.model.access import ANONYMOUS, Reader
from happyface.model.outline import ModuleOutline, Outline
from happyface.model.series import RowFilter, Series, SeriesKey, SeriesSet, Span
from happyface.store import Store

SITE = outline("a", "b")
NOW = START + timedelta(days=3)
MEMBER = Reader("Jane", member=True)
BEGIN, STEP = int(START.timestamp()), int(QUARTER.total_seconds())
ALL = Span(BEGIN, BEGIN + 1000 * STEP)
A = SeriesKey("a", column="load")
STATUS = SeriesKey("a")
GAP = None


def read(
    store: Store, *keys: SeriesKey, points: int | None = None, span: Span = ALL, by: Reader = ANONYMOUS
) -> SeriesSet:
    return store.series(by, keys, span, points)


def one(store: Store, key: SeriesKey, **given: Any) -> Series:
    return read(store, key, **given).series[key]


def means(store: Store, key: SeriesKey, **given: Any) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in one(store, key, **given).mean]


def quarters(seconds: Any) -> list[float]:
    return [(int(time) - BEGIN) / STEP for time in seconds]


# Data


def test_a_value_holds_until_it_changes(store: Store) -> None:
    for number, load in enumerate([1.0, 1.0, 2.5, 2.5, 1.0]):
        store.write(run(SITE, number, a=Said(load=load)))
    found = read(store, A, SeriesKey("b", column="load"), STATUS)
    assert means(store, A) == [1, 1, 2.5, 2.5, 1]
    assert quarters(found.begins) == [0, 1, 2, 3, 4]
    assert quarters(found.ends) == [1, 2, 3, 4, 5]
    assert found.runs.tolist() == [1] * 5
    for series in found.series.values():
        assert series.problem == ""
        assert np.array_equal(series.low, series.mean)
        assert np.array_equal(series.high, series.mean)
    assert found.series[A].column == LOAD
    assert found.series[A].limits == LOAD.limits
    assert found.series[STATUS].column is None


def test_what_nobody_knows_is_a_gap(store: Store) -> None:
    smaller = outline("b")
    store.write(run(SITE, 0, a=Said(load=1)))
    store.write(run(SITE, 1, a=Said(load=None)))
    store.write(run(SITE, 2, a=Said(-1, sentence="no answer")))
    store.write(run(SITE, 3, a=Said(-1, data=[3.0, "stale"])))
    store.write(run(smaller, time=START + 4 * QUARTER))
    store.write(run(SITE, 5, a=Said(0.5, load=4)))
    assert means(store, A) == [1, GAP, GAP, GAP, GAP, 4]
    assert means(store, STATUS) == [1, 1, GAP, GAP, GAP, 0.5]


def test_buckets_have_lowest_highest_and_mean_by_runs(store: Store) -> None:
    loads = [3.0, 3.0, 9.0, 1.0, None, 2.0, None, None, 5.0]
    for number, load in enumerate(loads):
        store.write(run(SITE, number, a=Said(load=load)))
    found = read(store, A, points=3)
    series = found.series[A]
    # The buckets begin at numbers of runs that divide by three.
    assert found.runs.tolist() == [2, 3, 3, 1]
    assert quarters(found.begins) == [0, 2, 5, 8]
    assert quarters(found.ends) == [2, 5, 8, 9]
    assert series.low.tolist() == [3, 1, 2, 5]
    assert series.mean.tolist() == [3, 5, 2, 5]
    assert series.high.tolist() == [3, 9, 2, 5]


def test_runs_that_were_not_made_are_a_gap_between_buckets(store: Store) -> None:
    for number in (0, 1, 2, 3, 10, 11, 12):
        store.write(run(SITE, number, a=Said(load=number)))
    found = read(store, A, points=1)
    assert quarters(found.begins) == [0, 10, 12]
    assert quarters(found.ends) == [4, 12, 13]
    assert found.series[A].high.tolist() == [3, 11, 12]
    assert quarters(read(store, A, points=1, span=Span(BEGIN, BEGIN + 3 * STEP)).ends) == [3, 4]


def test_a_run_whose_clock_ran_ahead_is_left_out(store: Store) -> None:
    for number in (0, 1, 8, 2, 3, 9):
        store.write(run(SITE, number, a=Said(load=number)))
    assert means(store, A) == [0, 1, 2, 3, 9]
    assert means(store, A, span=Span(BEGIN + 7 * STEP, BEGIN + 9 * STEP)) == [9]


def test_the_usual_step_may_change_in_a_year(store: Store) -> None:
    """Of a history of one run an hour, and then one in a quarter of it, none is missing."""
    hours = [float(number) for number in range(256)] + [255 + number / 4 for number in range(1, 300)]
    store.write_all([run(SITE, time=START + timedelta(hours=hour), a=Said(load=hour)) for hour in hours])
    found = read(store, A, points=None, span=Span(BEGIN, BEGIN + 400 * 3600))
    assert np.array_equal(found.ends[:-1], found.begins[1:])
    assert found.ends[-1] - found.begins[-1] == 900


def test_a_part_of_the_time_begins_with_what_held_before(store: Store) -> None:
    for number, load in enumerate([1.0, 2.0, 2.0, 2.0, 5.0]):
        store.write(run(SITE, number, a=Said(load=load)))
    found = read(store, A, span=Span(BEGIN + 2 * STEP, BEGIN + 3 * STEP))
    assert found.series[A].mean.tolist() == [2, 2]
    assert quarters(found.ends) == [3, 4]
    nothing = read(store, A, span=Span(BEGIN - 9 * STEP, BEGIN - 1))
    assert (len(nothing.begins), len(nothing.series[A].mean)) == (0, 0)
    assert nothing.series[A].problem == ""


KINDS = (
    Column("count", "integer", "Count"),
    Column("on", "flag", "On"),
    Column("state", "state", "State"),
    Column("seen", "time", "Seen"),
    Column("word", "text", "Word"),
)


def test_yes_and_no_times_and_states_are_numbers(store: Store) -> None:
    site = outline("a", modules=[ModuleOutline("machine", "", {"": Table("", "", KINDS)})])
    for number, state in enumerate([State.critical("down"), State.unknown("?"), None]):
        data = [7 + number, number == 1, state, 1000.5, "x"]
        store.write(run(site, number, a=Said(data=data)))
    assert means(store, SeriesKey("a", column="count")) == [7, 8, 9]
    assert means(store, SeriesKey("a", column="on")) == [0, 1, 0]
    assert means(store, SeriesKey("a", column="state")) == [0, GAP, GAP]
    assert means(store, SeriesKey("a", column="seen")) == [1000.5] * 3
    text = one(store, SeriesKey("a", column="word"))
    assert text.problem == "The column word of a is of texts, which have no curve."
    assert np.isnan(text.mean).all()


# Modules that change


def said(columns: tuple[Column, ...], number: int, *data: object) -> Any:
    site = outline("a", modules=[ModuleOutline("machine", "", {"": Table("", "", columns)})])
    return replace(run(site, number), outcomes=[replace(Said().outcome("a"), data=list(data))])


def test_a_column_that_was_renamed_is_one_curve_under_both_names(store: Store) -> None:
    store.write(said((LOAD,), 0, 1.0))
    renamed = replace(LOAD, name="pressure", label="Pressure", was="load")
    store.write(said((renamed,), 1, 2.0))
    assert means(store, SeriesKey("a", column="pressure")) == means(store, A) == [1, 2]
    assert one(store, SeriesKey("a", column="pressure")).column == renamed


def test_whole_numbers_that_became_numbers_are_one_curve(store: Store) -> None:
    whole = Column("count", "integer", "Count", unit="node|nodes")
    store.write(said((whole,), 0, 7))
    store.write(said((replace(whole, kind="number"),), 1, 7.5))
    assert means(store, SeriesKey("a", column="count")) == [7, 7.5]


def test_a_column_that_is_gone_can_be_looked_at(store: Store) -> None:
    other = Column("other", "number", "Other")
    store.write(said((LOAD, replace(other, unit="bytes")), 0, 1.0, 5.0))
    store.write(said((LOAD,), 1, 2.0))
    found = one(store, SeriesKey("a", column="other"))
    assert means(store, SeriesKey("a", column="other")) == [5, GAP]
    assert found.column is not None
    assert (found.column.label, found.column.unit) == ("Other", "bytes")


def test_an_instance_and_a_module_that_are_gone_can_be_looked_at(store: Store) -> None:
    other = ModuleOutline("computer", "", {"": DATA})
    store.write(run(outline("b", instance("a", module="computer"), modules=[MACHINE, other]), 0, a=Said(load=4)))
    store.write(run(outline("b"), 1))
    assert means(store, A) == [4, GAP]
    assert [found.name for found in store.plottable(ANONYMOUS, NOW)] == ["category:all", "b"]


# Rows

ROWS = Table("pool", "Pools", (*MACHINE.tables["pool"].columns, Column("ok", "flag", "Fine")), key="name")
POOLS = outline("a", "b", modules=[ModuleOutline("machine", "", {"": DATA, "pool": ROWS})])
FREE = SeriesKey("a", "pool", "free")


def of(name: str, **given: Any) -> SeriesKey:
    return replace(FREE, filters=(RowFilter("name", name),), **given)


@pytest.fixture
def pools(store: Store) -> Store:
    rows = [
        [["p", 10, True], ["q", 20, False]],
        [["p", 11, True], ["q", 20, False], ["r", 5, None]],
        [["q", 21, True]],
        [],
        [["p", 13, False], ["p", 15, True], ["q", None, True]],
    ]
    for number, some in enumerate(rows):
        store.write(run(POOLS, number, a=Said(load=number, pools=some), b=Said(pools=[["p", 1, True]])))
    return store


def test_a_row_is_one_curve_with_gaps_where_it_is_not_there(pools: Store) -> None:
    assert means(pools, of("p")) == [10, 11, GAP, GAP, 14]
    assert means(pools, of("q")) == [20, 20, 21, GAP, GAP]
    assert means(pools, of("r")) == [GAP, 5, GAP, GAP, GAP]


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("mean", [15, 12, 21, GAP, 14]),
        ("sum", [30, 36, 21, GAP, 28]),
        ("min", [10, 5, 21, GAP, 13]),
        ("max", [20, 20, 21, GAP, 15]),
        ("count", [2, 3, 1, 0, 2]),
    ],
)
def test_the_rows_of_a_run_become_one_number(aggregate: Any, expected: list[float | None], pools: Store) -> None:
    assert means(pools, replace(FREE, aggregate=aggregate)) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((RowFilter("name", "p", exclude=True),), [20, 25, 21, GAP, GAP]),
        ((RowFilter("ok", "yes"),), [10, 11, 21, GAP, 15]),
        ((RowFilter("ok", "0"),), [20, 20, GAP, GAP, 13]),
        ((RowFilter("ok", "no", exclude=True),), [10, 16, 21, GAP, 15]),
        ((RowFilter("free", "20"),), [20, 20, GAP, GAP, GAP]),
        ((RowFilter("free", "20.0", exclude=True),), [10, 16, 21, GAP, 28]),
        ((RowFilter("free", "many"),), [GAP] * 5),
        ((RowFilter("free", "many", exclude=True),), [30, 36, 21, GAP, 28]),
        ((RowFilter("name", "q"), RowFilter("name", "r")), [20, 25, 21, GAP, GAP]),
        ((RowFilter("name", "p"), RowFilter("ok", "yes")), [10, 11, GAP, GAP, 15]),
        ((RowFilter("name", "q", True), RowFilter("name", "r", True)), [10, 11, GAP, GAP, 28]),
    ],
)
def test_filters_say_which_rows_count(
    filters: tuple[RowFilter, ...], expected: list[float | None], pools: Store
) -> None:
    assert means(pools, replace(FREE, filters=filters, aggregate="sum")) == expected


def test_words_can_be_counted(pools: Store) -> None:
    assert means(pools, SeriesKey("a", "pool", "name", aggregate="count")) == [2, 3, 1, 0, 3]


def test_several_columns_of_one_instance_are_read_together(pools: Store) -> None:
    keys = [of("p"), of("p", aggregate="max"), of("p", aggregate="count"), of("q"), A, STATUS]
    together = read(pools, *keys).series
    for key in keys:
        assert np.array_equal(together[key].mean, one(pools, key).mean, equal_nan=True)
    assert means(pools, of("p", aggregate="max"))[4] == 15
    assert means(pools, of("p", aggregate="count")) == [1, 1, 0, 0, 2]


def test_names_of_rows_are_those_of_the_newest_dataset_that_has_some(pools: Store) -> None:
    assert pools.row_keys(ANONYMOUS, "a", "pool") == ["p", "q"]
    pools.write(run(POOLS, 5, a=Said()))
    assert pools.row_keys(ANONYMOUS, "a", "pool") == ["p", "q"]
    assert pools.row_keys(ANONYMOUS, "a", "pool", search="Q") == ["q"]
    assert pools.row_keys(ANONYMOUS, "a", "pool", limit=1) == ["p"]
    for instance_name, table in (("c", "pool"), ("a", "poll"), ("a", "")):
        assert pools.row_keys(ANONYMOUS, instance_name, table) == []


# What there is not


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (SeriesKey("aa", column="load"), "There is no instance 'aa'; did you mean 'a'?"),
        (SeriesKey("xyz"), "There is no instance 'xyz'; there are a, b."),
        (SeriesKey("a", column="lod"), "a has no column 'lod'; did you mean 'load'?"),
        (SeriesKey("a", "pol", "free"), "a has no table 'pol'; did you mean 'pool'?"),
        (SeriesKey("a", "pool", "size"), "a, pool has no column 'size'; there are name, free, ok."),
        (of("pp"), "a has no row 'pp' in pool in this time; did you mean 'p'?"),
        (of("zzz"), "a has no row 'zzz' in pool in this time; there are p, q."),
        (replace(FREE, filters=(RowFilter("nam", "p"),)), "a, pool has no column 'nam'; did you mean 'name'?"),
        (SeriesKey("a", "pool", "name"), "The column name of a, pool is of texts, which have no curve."),
    ],
)
def test_what_there_is_not_says_so(key: SeriesKey, problem: str, pools: Store) -> None:
    found = read(pools, key, A)
    assert found.series[key].problem == problem
    assert np.isnan(found.series[key].mean).all()
    assert len(found.series[key].low) == len(found.series[key].high) == len(found.begins) == 5
    assert found.series[A].problem == ""


def test_a_site_without_a_run_has_nothing(store: Store) -> None:
    found = read(store, A)
    assert (len(found.begins), found.series[A].problem) == (0, "Nothing was ever recorded.")
    store.prepare()
    assert len(read(store, A, STATUS, points=10).begins) == 0
    assert two(store, 0, 1, 2) == {}
    assert store.recorded(ANONYMOUS) is None
    assert store.plottable(ANONYMOUS, NOW) == []
    assert store.row_keys(ANONYMOUS, "a", "pool") == []
    assert store.status_pieces(ANONYMOUS, "a", ALL) == []


def test_what_can_be_plotted_is_listed_by_table(pools: Store) -> None:
    _, a, _ = pools.plottable(ANONYMOUS, NOW)
    assert (a.name, a.title, a.category) == ("a", "A", "all")
    assert {table: [column.name for column in columns] for table, columns in a.tables.items()} == {
        "": ["load"],
        "pool": ["free", "ok"],
    }
    assert pools.recorded(ANONYMOUS) == Span(BEGIN, BEGIN + 4 * STEP)


def test_runs_that_are_added_are_seen(store: Store) -> None:
    for number in range(4):
        store.write(run(SITE, number, a=Said(load=number)))
        assert means(store, A) == list(range(number + 1))


# Access


def closed(*names: str) -> Outline:
    return outline(*(instance(name, access="restricted" if name in names else "open") for name in ("a", "b")))


def test_what_is_restricted_now_is_as_if_there_were_none(store: Store) -> None:
    for number in range(3):
        store.write(run(closed(), number, a=Said(load=number)))
    store.current = closed("a")
    found = one(store, A)
    assert found.problem == "There is no instance 'a'; there are b."
    assert np.isnan(found.mean).all()
    assert found.column is None
    assert means(store, A, by=MEMBER) == [0, 1, 2]
    assert [found.name for found in store.plottable(ANONYMOUS, NOW)] == ["category:all", "b"]
    assert store.status_pieces(ANONYMOUS, "a", ALL) == []
    assert store.row_keys(ANONYMOUS, "a", "pool") == []
    assert len(store.status_pieces(MEMBER, "a", ALL)) == 1


def test_what_was_restricted_for_a_while_has_a_gap_there(store: Store) -> None:
    for number, site in enumerate([closed(), closed("a"), closed("a"), closed(), closed()]):
        store.write(run(site, number, a=Said(load=number, status=0.5 if number == 2 else 1, sentence="SECRET")))
    store.current = closed()
    assert means(store, A) == [0, GAP, GAP, 3, 4]
    assert means(store, STATUS) == [1, GAP, GAP, 1, 1]
    assert means(store, A, by=MEMBER) == [0, 1, 2, 3, 4]
    pieces = store.status_pieces(ANONYMOUS, "a", ALL)
    assert [quarters((piece.begin, piece.end)) for piece in pieces] == [[0, 1], [3, 5]]
    pieces = store.status_pieces(MEMBER, "a", ALL)
    assert [quarters((piece.begin, piece.end)) for piece in pieces] == [[0, 2], [2, 3], [3, 5]]


# Statuses


def test_times_of_a_status_end_with_it_and_where_runs_are_missing(store: Store) -> None:
    for number, status, sentence in (
        (0, 1, "fine"),
        (1, 1, "still fine"),
        (2, 0.5, "slow"),
        (3, -1, "no answer"),
        (9, -1, "no answer"),
        (10, 0, "down"),
    ):
        store.write(run(SITE, number, a=Said(status, sentence=sentence)))
    pieces = store.status_pieces(ANONYMOUS, "a", ALL)
    assert [(*quarters((piece.begin, piece.end)), piece.status, piece.sentence) for piece in pieces] == [
        (0, 2, 1, "fine"),
        (2, 3, 0.5, "slow"),
        (3, 4, -1, "no answer"),
        (9, 10, -1, "no answer"),
        (10, 11, 0, "down"),
    ]
    of_category = store.status_pieces(ANONYMOUS, "category:all", ALL)
    assert [(*quarters((piece.begin, piece.end)), piece.status) for piece in of_category] == [
        (0, 2, 1),
        (2, 3, 0.5),
        (3, 4, 1),
        (9, 10, 1),
        (10, 11, 0),
    ]
    part = store.status_pieces(ANONYMOUS, "a", Span(BEGIN + STEP, BEGIN + 2 * STEP))
    assert [(*quarters((piece.begin, piece.end)), piece.status) for piece in part] == [(1, 2, 1), (2, 3, 0.5)]
    assert store.status_pieces(ANONYMOUS, "none", ALL) == []
    assert store.status_pieces(ANONYMOUS, "category:none", ALL) == []
    everything = SeriesKey("category:all")
    assert means(store, everything) == [1, 1, 0.5, 1, 1, 0]
    assert means(store, everything, by=MEMBER) == [1, 1, 0.5, 1, 1, 0]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (SeriesKey("category:al"), "There is no category 'al'; did you mean 'all'?"),
        (SeriesKey("category:all", column="load"), "A category has its status alone, and no column 'load'."),
    ],
)
def test_of_a_category_there_is_the_status_alone(store: Store, key: SeriesKey, problem: str) -> None:
    store.write(run(SITE, 0))
    assert one(store, key).problem == problem


def test_the_category_of_members_is_nobody_elses_curve(store: Store) -> None:
    store.write(run(outline("b", instance("a", "secret"), access={"secret": "restricted"}), 0, a=Said(0)))
    assert one(store, SeriesKey("category:secret")).problem == "There is no category 'secret'; there are all."
    assert means(store, SeriesKey("category:secret"), by=MEMBER) == [0]


# Two spans


def two(store: Store, first: int, middle: int, end: int, by: Reader = ANONYMOUS) -> dict[SeriesKey, Any]:
    begin = BEGIN + middle * STEP
    before, span = Span(BEGIN + first * STEP, begin - 1), Span(begin, BEGIN + end * STEP)
    return {found.key: found for found in store.two_spans(by, span, before)}


def sorted_values(found: Any) -> tuple[list[float], list[float]]:
    return sorted(found.before.tolist()), sorted(found.values.tolist())


def test_all_numbers_of_two_spans_are_those_of_their_curves(pools: Store) -> None:
    found = two(pools, 1, 3, 4)
    # The last run has two rows that are called p: neither is a number of its own.
    pools_of_a = {of("q"), of("r"), replace(of("q"), column="ok")}
    pool_b = replace(of("p"), instance="b")
    assert set(found) == {A, replace(A, instance="b"), *pools_of_a, pool_b, replace(pool_b, column="ok")}
    assert sorted_values(found[A]) == ([1, 2], [3, 4])
    assert found[A].times.tolist() == [BEGIN + 3 * STEP, BEGIN + 4 * STEP]
    assert sorted_values(found[replace(A, instance="b")]) == ([1, 1], [1, 1])
    assert sorted_values(found[of("q")]) == ([20, 21], [])
    assert sorted_values(found[of("r")]) == ([5], [])
    assert sorted_values(found[pool_b]) == ([1, 1], [1, 1])
    assert found[A].column == LOAD


def test_numbers_of_two_spans_leave_out_what_is_not_known(store: Store) -> None:
    for number, load in enumerate([1.0, None, 3.0, 4.0, 5.0, 6.0]):
        store.write(run(SITE, number, a=Said(-1 if number == 4 else 1, load=load, data=[load, "x"])))
    found = two(store, 0, 3, 5)[A]
    assert sorted_values(found) == ([1, 3], [4, 6])
    assert found.times.tolist() == [BEGIN + 3 * STEP, BEGIN + 5 * STEP]
    assert sorted_values(two(store, 2, 3, 3)[A]) == ([3], [4])
    assert two(store, 100, 103, 105) == {}


def test_a_status_alone_goes_on_with_the_older_values(store: Store) -> None:
    for number, status in enumerate([1, 0.5, 1, 0, 0.5]):
        store.write(run(SITE, number, a=Said(status, load=7)))
    assert sorted_values(two(store, 2, 3, 4)[A]) == ([7], [7, 7])


def test_numbers_of_two_spans_are_those_that_the_reader_may_see(store: Store) -> None:
    for number, site in enumerate([closed(), closed("a"), closed(), closed()]):
        store.write(run(site, number, a=Said(load=number), b=Said(load=number)))
    store.current = closed()
    assert sorted_values(two(store, 0, 2, 3)[A]) == ([0], [2, 3])
    assert sorted_values(two(store, 0, 2, 3, by=MEMBER)[A]) == ([0, 1], [2, 3])
    store.current = closed("a")
    assert set(two(store, 0, 2, 3)) == {replace(A, instance="b")}
    assert set(two(store, 0, 2, 3, by=MEMBER)) == {A, replace(A, instance="b")}
