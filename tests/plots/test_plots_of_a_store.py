"""Plots of what a store has: the same numbers, gaps and problems as were written."""

import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from building import LOAD, QUARTER, START, Said, instance, outline, run
from happyface.model.access import ANONYMOUS, Reader
from happyface.plots.plot import Plot, make_plot
from happyface.plots.request import parse_request
from happyface.store import Store

SITE = outline("batch", "other", instance("secret", access="restricted"))
RUNS = 40
NOW = START + RUNS * QUARTER


def said(number: int) -> dict[str, Said]:
    pools = [["a", 10 * number], ["b", 1]]
    batch = Said(1.0 if number < 20 else 0.0, float(number), "too much" if number >= 20 else "", pools=pools)
    return {"batch": Said(-1.0) if number == 5 else batch, "other": Said(load=2.0), "secret": Said(load=7.0)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Forty runs, without the eleventh to the fifteenth."""
    directory: Path = tmp_path_factory.mktemp("plots")
    with Store(f"sqlite:///{directory / 'store.db'}", directory / "archive", SITE) as opened:
        made = [number for number in range(RUNS) if not 10 <= number < 15]
        opened.write_all([run(SITE, number, **said(number)) for number in made])
        yield opened


def plotted(store: Store, *curves: str, reader: Reader = ANONYMOUS, points: int | None = None, **more: str) -> Plot:
    named = {f"curve_{number}": curve for number, curve in enumerate(curves, start=1)}
    request = parse_request(named | more, ZoneInfo("Europe/Berlin"), NOW)
    return make_plot(request, store, reader, NOW, points)


def told(plot: Plot, curve: int = 0) -> list[float | None]:
    values = plot.curves[curve].values.mean.tolist()
    return [None if math.isnan(value) else value for value in values]


def test_values_with_their_gaps(store: Store) -> None:
    plot = plotted(store, "batch,,load")
    # Nothing was known in the sixth run, and then some runs were not made.
    assert told(plot) == [0, 1, 2, 3, 4, None, 6, 7, 8, 9, None, *range(15, RUNS)]
    assert (plot.curves[0].label, plot.curves[0].limits[0].label) == ("Batch: Load", "warning ≥ 5")


def test_one_row_and_all_rows(store: Store) -> None:
    aggregates = {"curve_1_filter_1": "name,a", "curve_2_rows": "sum", "curve_3_rows": "count"}
    plot = plotted(store, *["batch,pool,free"] * 3, **aggregates)
    assert [told(plot, curve)[1] for curve in range(3)] == [10, 11, 2]
    assert [curve.label for curve in plot.curves] == [
        "Batch: Free, a",
        "Batch: Free (sum)",
        "Batch: Free (count)",
    ]


def test_filters_of_all_curves_concern_tables_that_have_the_column(store: Store) -> None:
    plot = plotted(store, "batch,pool,free", "batch,,load", filter_1="name,a", exclude_1="colour,red")
    assert plot.problems == ()
    assert [told(plot, curve)[1] for curve in range(2)] == [10, 1]


def test_expressions_over_instances_in_few_buckets(store: Store) -> None:
    plot = plotted(store, "batch,,$load - $other.load", "batch,,$status", points=5)
    low, high = plot.curves[0].values.low, plot.curves[0].values.high
    assert (low[0], high[-1]) == (-2, RUNS - 3)
    assert len(low) < 12
    assert told(plot, 1)[-1] == 0


def test_the_ground_and_the_marker(store: Store) -> None:
    plot = plotted(store, "batch,,load")
    assert [piece.face for piece in plot.ground] == ["happy", "noinfo", "happy", "happy", "unhappy"]
    mark = plot.markers[-1]
    assert (mark.time, mark.face, mark.sentence) == (int((START + 20 * QUARTER).timestamp()), "unhappy", "too much")


def test_who_may_not_see_a_curve_is_not_even_told_that_there_is_one(store: Store) -> None:
    curves = ("secret,,load", "batch,,load", "batch,,$secret.load")
    hidden = plotted(store, *curves)
    assert [curve.values.known for curve in hidden.curves] == [False, True, False]
    assert hidden.problems[0].replace("secret", "nobody") == plotted(store, "nobody,,load").problems[0]
    assert "Secret" not in "".join(curve.label for curve in hidden.curves)
    assert told(plotted(store, *curves, reader=Reader(member=True)), 2)[0] == 7


def test_unknown_names_are_told_with_the_nearest_right_one(store: Store) -> None:
    problems = plotted(store, "batch,,lod", "batch,,1 + $lod", "batch,pol,free", "bach,,load").problems
    assert "did you mean 'load'?" in problems[0]
    assert "'lod' at character 5" in problems[1]
    assert "pool" in problems[2]
    assert "batch" in problems[3]


def test_a_span_without_data_tells_where_there_is_some(store: Store) -> None:
    plot = plotted(store, "batch,,load", end_date="2020-01-01")
    assert plot.empty
    assert plot.recorded is not None
    assert plot.recorded.end == int((NOW - QUARTER).timestamp())


def test_the_same_some_hours_earlier(store: Store) -> None:
    plot = plotted(store, "batch,,load", compare="2h", start=str(int((START + timedelta(hours=6)).timestamp())))
    now, earlier = (told(plot, curve) for curve in range(2))
    assert [first - second for first, second in zip(now, earlier, strict=True) if first and second] == [8] * 16
    assert LOAD.label in plot.curves[1].label
