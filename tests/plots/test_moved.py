"""What else moved: the comparison against a slow reference, the ranking, and what is said of it."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from happyface.contract.columns import Column, ColumnKind
from happyface.model.access import ANONYMOUS, Reader
from happyface.model.series import PlotInstance, RowFilter, SeriesKey, Span, TwoSpans
from happyface.plots.moved.comparing import distances
from happyface.plots.moved.finding import Moved, MovedRequest, find_moved, parse_moved, plot_of
from happyface.plots.moved.words import moved_json, sentence_of
from happyface.plots.request import parse_request, request_parameters

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
STEP = 900


@dataclass
class TwoSpanStore:
    """Numbers by their keys: the values of the runs in the span, and of those before it."""

    numbers: dict[SeriesKey, tuple[Sequence[float], Sequence[float]]] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    asked: list[tuple[Span, Span]] = field(default_factory=list)
    spans: Span | None = None

    def plottable(self, reader: Reader, now: datetime) -> list[PlotInstance]:
        names = dict.fromkeys(key.instance for key in self.numbers)
        tables = {"": list(self.columns.values()), "pool": list(self.columns.values())}
        return [PlotInstance(name, name.title(), f"all_{name[0]}", tables, {"pool": ["name"]}) for name in names]

    def recorded(self, reader: Reader) -> Span | None:
        return self.spans

    def two_spans(self, reader: Reader, span: Span, before: Span) -> Iterator[TwoSpans]:
        self.asked.append((span, before))
        for key, (values, earlier) in self.numbers.items():
            column = self.columns.get(key.column, Column(key.column, "number", key.column.title()))
            times = span.begin + STEP * np.arange(len(values), dtype=np.int64)
            yield TwoSpans(key, column, times, np.array(values, dtype=float), np.array(earlier, dtype=float))


def of(instance: str, column: str = "load", row: str = "") -> SeriesKey:
    filters = (RowFilter("name", row),) if row else ()
    return SeriesKey(instance, "pool" if row else "", column, filters)


def moved_of(store: TwoSpanStore, **parameters: str) -> Moved:
    return find_moved(parse_moved(parameters, ZONE, NOW), store, ANONYMOUS, NOW)


def names_of(moved: Moved) -> list[str]:
    return [number.key.instance for number in moved.numbers]


def said(
    now: Sequence[float], before: Sequence[float], kind: ColumnKind = "number", unit: str = "", row: str = ""
) -> str:
    store = TwoSpanStore({of("pools", row=row): (now, before)}, {"load": Column("load", kind, "Free", unit)})
    moved = moved_of(store)
    (number,) = moved.numbers
    return sentence_of(number, moved, ZONE)


# How far apart two samples lie


def reference(values: Sequence[float], before: Sequence[float]) -> tuple[float, float]:
    """By the definition: the shares of values that are not larger than each value that there is."""
    one, other = sorted(values), sorted(before)
    limits = sorted({*one, *other})
    apart = [abs(bisect_right(one, at) / len(one) - bisect_right(other, at) / len(other)) for at in limits]
    area = sum(apart[at] * (limits[at + 1] - limits[at]) for at in range(len(limits) - 1))
    return max(apart), area


SAMPLES = st.one_of(
    st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=12),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12),
)


@given(SAMPLES, SAMPLES)
def test_two_samples_lie_as_far_apart_as_a_plain_reference_says(values: list[float], before: list[float]) -> None:
    largest, area = distances(np.array([values, values]), np.array([before, before]))
    wanted = reference(values, before)
    assert largest.tolist() == pytest.approx([wanted[0]] * 2)
    assert area.tolist() == pytest.approx([wanted[1]] * 2, abs=1e-6)


@given(SAMPLES)
def test_a_sample_does_not_differ_from_itself_however_often_it_is_taken(values: list[float]) -> None:
    assert [part.tolist() for part in distances(np.array([values]), np.array([values * 3]))] == [[0], [0]]


# Which numbers moved


def test_what_moved_most_comes_first_and_what_did_not_is_left_out() -> None:
    numbers = {
        of("still"): ([5] * 4, [5] * 16),
        of("noisy"): ([1, 2, 3, 4], [1, 2, 3, 4] * 4),
        of("half"): ([0, 0, 50, 50], [0] * 16),
        of("whole"): ([50] * 4, [0] * 16),
        of("quarter"): ([0, 0, 0, 50], [0] * 16),
    }
    found = moved_of(TwoSpanStore(numbers))
    assert names_of(found) == ["whole", "half", "quarter"]
    assert [number.difference for number in found.numbers] == [1, 0.5, 0.25]
    assert (found.compared, found.left_out) == (5, 0)
    assert names_of(moved_of(TwoSpanStore(numbers), limit="2")) == ["whole", "half"]


def test_what_drifts_as_it_always_does_has_not_moved() -> None:
    drifting = list(range(1000, 1020))
    numbers = {
        of("drifts"): (drifting[16:], drifting[:16]),
        of("leaps"): ([1030.0] * 4, [1000.0, 1001] * 8),
        of("first"): ([1.0] * 4, [1.01] * 16),
    }
    assert set(names_of(moved_of(TwoSpanStore(numbers)))) == {"leaps", "first"}


def test_numbers_with_too_few_values_are_left_out_and_counted() -> None:
    numbers = {
        of("short"): ([9, 9], [1] * 16),
        of("new"): ([9] * 4, []),
        of("gone"): ([], [1] * 16),
        of("enough"): ([9] * 3, [1] * 3),
    }
    found = moved_of(TwoSpanStore(numbers))
    assert (names_of(found), found.compared, found.left_out) == (["enough"], 1, 3)


def test_infinities_are_as_what_is_not_known() -> None:
    inf = float("inf")
    numbers = {
        of("endless"): ([inf, 9, 9, 9], [1] * 15 + [-inf]),
        of("never"): ([inf] * 4, [1] * 16),
        of("huge"): ([1.7e308] * 4, [-1.7e308] * 16),
    }
    found = moved_of(TwoSpanStore(numbers))
    sides = {number.key.instance: (number.now.mean, number.before.mean) for number in found.numbers}
    assert sides == {"endless": (9, 1), "huge": (pytest.approx(1.7e308), pytest.approx(-1.7e308))}
    assert (found.compared, found.left_out) == (2, 1)


def test_of_what_moved_alike_the_nearest_comes_first_in_the_site_and_then_in_time() -> None:
    late, early = [0, 0, 9, 9], [9, 0, 0, 9]
    before = [0.0] * 16
    numbers = {of(name): (values, before) for name, values in {"b_late": late, "b_early": early, "a2": late}.items()}
    numbers |= {of("a1", "other"): (late, before), of("a1"): (early, before)}
    store = TwoSpanStore(numbers)
    assert names_of(moved_of(store)) == ["a1", "b_early", "a1", "a2", "b_late"]
    assert names_of(moved_of(store, near="a2")) == ["a2", "a1", "a1", "b_early", "b_late"]
    asked_by_a_plot = moved_of(store, curve_1="a1,,$load")
    assert [(number.key.column, number.own) for number in asked_by_a_plot.numbers][:2] == [
        ("load", True),
        ("other", False),
    ]


def test_one_instance_whose_rows_all_moved_does_not_hide_the_others() -> None:
    numbers = {of("pools", row=f"pool{number:02}"): ([9.0] * 4, [0.0] * 16) for number in range(60)}
    numbers |= {of("transfers"): ([0, 0, 9, 9], [0.0] * 16), of("jobs"): ([0, 0, 0, 9], [0.0] * 16)}
    found = moved_of(TwoSpanStore(numbers))
    assert names_of(found) == ["pools"] * 8 + ["transfers", "jobs"]
    assert [number.row for number in found.numbers][:3] == ["pool00", "pool01", "pool02"]
    assert names_of(moved_of(TwoSpanStore(numbers), limit="4")) == ["pools", "pools", "pools", "transfers"]


def test_a_number_tells_when_it_first_left_where_it_had_been() -> None:
    found = moved_of(TwoSpanStore({of("a"): ([2, 1, 7, 8], [1, 2] * 8), of("b"): ([2, 2, 2, 2], [1, 2] * 8)}))
    begin = found.span.begin
    assert {number.key.instance: number.since for number in found.numbers} == {"a": begin + 2 * STEP, "b": None}


# What is asked


def test_the_span_is_compared_with_the_four_times_as_long_one_before_it() -> None:
    store = TwoSpanStore()
    moved_of(store, start_date="2026-11-22", start_time="12:00", end_date="2026-11-22", end_time="13:59")
    begin = int(datetime(2026, 11, 22, 11, 0, tzinfo=UTC).timestamp())
    assert store.asked == [(Span(begin, begin + 7199), Span(begin - 4 * 7199, begin - 1))]


def test_what_is_yet_to_come_does_not_count_as_a_part_of_the_span() -> None:
    store = TwoSpanStore()
    moved_of(store, start=str(int(NOW.timestamp()) - 3600), end=str(int(NOW.timestamp()) + 7200))
    ((span, before),) = store.asked
    assert (span.end, span.begin - before.begin) == (NOW.timestamp(), 4 * 3600)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"start_date": "2026-11-22", "end_date": "2026-11-21"}, "would end (2026-11-21 23:59) before it starts"),
        (
            {"start_date": "2026-11-30", "end_date": "2026-12-01", "end_time": "12:00"},
            "begins in the future (2026-11-30 00:00)",
        ),
        ({"start_date": "2026-10-01"}, "from 2026-10-01 00:00 to 2026-11-22 19:00; 31 days can be compared at most"),
        ({"span": "year"}, "31 days can be compared at most"),
        ({"limit": "51"}, "limit=51: expected is a whole number from 1 to 50"),
        ({"limit": "-1"}, "limit=-1: expected is a whole number from 1 to 50"),
        ({"near": "pool"}, "near: there is no instance 'pool'; did you mean 'pools'?"),
        ({"start_date": "yesterday"}, "'yesterday' is not a date"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(parameters: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        moved_of(TwoSpanStore({of("pools"): ([1] * 3, [2] * 9)}), **parameters)
    assert sentence in str(raised.value)


def test_a_month_can_be_compared() -> None:
    assert moved_of(TwoSpanStore(), span="month").numbers == ()
    assert moved_of(TwoSpanStore(), start_date="2026-10-01", end_date="2026-10-31").numbers == ()


@pytest.mark.parametrize(
    ("store", "sentence"),
    [
        (TwoSpanStore({of("a"): ([1], [2] * 4)}), "The span is too short to compare: no number has 3 values in it"),
        (TwoSpanStore(), "There is no number that could have moved: nothing is stored of any."),
        (TwoSpanStore(spans=Span(0, 3600)), "There is something from 1970-01-01 01:00 to 1970-01-01 02:00."),
        (TwoSpanStore({of("a"): ([1] * 3, [1] * 3)}), ""),
    ],
)
def test_where_nothing_can_be_compared_it_is_said_why(store: TwoSpanStore, sentence: str) -> None:
    problem = moved_of(store).problem(ZONE)
    assert sentence in problem
    assert bool(problem) == bool(sentence)


# What is said


@pytest.mark.parametrize(
    ("sentence", "now", "before", "kind", "unit"),
    [
        (
            "Free of Pools: 12 % on average, 45 % before; lowest 2 %; first outside its former range at {first}.",
            [0.22, 0.12, 0.02],
            [0.4, 0.5] * 3,
            "number",
            "share",
        ),
        (
            "Free of Pools: 3 nodes on average, always 1 node before; highest 7 nodes; changed at {third}.",
            [1, 1, 7],
            [1] * 6,
            "integer",
            "node|nodes",
        ),
        (
            "Free of Pools: 20 GB all the time, 2 GB on average before; first outside its former range at {first}.",
            [2e10] * 3,
            [1e9, 3e9],
            "number",
            "bytes",
        ),
        ("Free of Pools: 2 all the time, always 1 before; changed at {first}.", [2] * 3, [1] * 3, "number", ""),
        ("Free of Pools: from 0 to 6, always 3 before; changed at {first}.", [0, 3, 6], [3] * 6, "number", ""),
        ("Free of Pools: yes all the time, always no before; changed at {first}.", [1] * 3, [0] * 3, "flag", ""),
        (
            "Free of Pools: yes in 25 % of the runs, yes in 75 % of the runs before.",
            [1, 0, 0, 0],
            [1, 1, 1, 0],
            "flag",
            "",
        ),
        (
            "Free of Pools: status 0.5 on average, always status 1 before; lowest status 0; changed at {third}.",
            [1, 1, 0, 0],
            [1] * 6,
            "state",
            "",
        ),
    ],
)
def test_how_a_number_moved_is_said_with_its_unit(
    sentence: str, now: list[float], before: list[float], kind: ColumnKind, unit: str
) -> None:
    begin = NOW.astimezone(ZONE) - timedelta(days=1)
    first, third = (f"{begin + timedelta(seconds=STEP * at):%Y-%m-%d %H:%M}" for at in (0, 2))
    assert said(now, before * 2, kind, unit).replace("\u202f", " ") == sentence.format(first=first, third=third)


def test_a_row_is_called_by_its_name_and_a_span_of_one_day_needs_no_date() -> None:
    store = TwoSpanStore({of("pools", row="f01"): ([2] * 3, [1] * 3)})
    moved = moved_of(store, span="6h")
    (number,) = moved.numbers
    assert sentence_of(number, moved, ZONE) == "Load of pool f01: 2 all the time, always 1 before; changed at 13:00."


def test_as_json_each_number_has_its_figures_and_the_way_to_its_plot() -> None:
    load = Column("load", "number", "Load")
    store = TwoSpanStore({of("pools", row="f01"): ([2, 3, 4], [1] * 3)}, {"load": load})
    moved = moved_of(store, span="6h")
    found = moved_json(moved, ZONE, lambda number: f"plot of {number.row}")
    assert (found["compared"], found["left_out"], found["problem"]) == (1, 0, "")
    (number,) = found["moved"]
    assert (number["instance"], number["table"], number["column"], number["key"]) == ("pools", "pool", "load", "f01")
    assert (number["category"], number["label"], number["plot"]) == ("all_p", "Pools: Load, f01", "plot of f01")
    assert number["before"] == {"mean": 1, "low": 1, "high": 1, "values": 3}
    assert number["now"] == {"mean": 3, "low": 2, "high": 4, "values": 3}


def test_the_plot_of_a_number_shows_the_span_and_what_it_is_compared_with() -> None:
    moved = moved_of(TwoSpanStore({of("pools", row="f01"): ([2] * 3, [1] * 3)}), span="6h")
    plot = plot_of(moved.numbers[0], moved)
    parameters = request_parameters(plot, ZONE)
    assert parameters == {
        "curve_1": "pools,pool,$load,",
        "curve_1_filter_1": "name,f01",
        "start_date": "2026-11-21",
        "start_time": "13:00",
        "end_date": "2026-11-22",
        "end_time": "19:00",
    }
    assert parse_request(parameters, ZONE, NOW + timedelta(hours=1)) == plot


def test_numbers_of_a_request_without_curves_are_nobodys_own() -> None:
    assert parse_moved({}, ZONE, NOW) == MovedRequest(parse_request({}, ZONE, NOW), near="", limit=10)
    assert not moved_of(TwoSpanStore({of("a"): ([2] * 3, [1] * 3)})).numbers[0].own
