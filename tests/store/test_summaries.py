"""Summaries make plots of long times quicker, and change nothing of what is drawn."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_series import ROWS

from building import DATA, START, Said, outline, run
from happyface.contract.columns import Table
from happyface.errors import StoreError
from happyface.model.access import ANONYMOUS, Reader
from happyface.model.outline import ModuleOutline
from happyface.model.results import FinishedRun
from happyface.model.series import RowFilter, SeriesKey, SeriesSet, Span
from happyface.store import Store, schema, upgrade_database

SITE = outline("a", "b", modules=[ModuleOutline("machine", "", {"": DATA, "pool": ROWS})])
WITHOUT_A = outline("b", modules=SITE.modules)
STEP = 900
BEGIN = int(START.timestamp())
KEYS = (
    SeriesKey("a", column="load"),
    SeriesKey("a"),
    SeriesKey("b", column="load"),
    SeriesKey("a", "pool", "free", (RowFilter("name", "p"),)),
    SeriesKey("a", "pool", "free", (RowFilter("name", "q"),), "max"),
    SeriesKey("a", "pool", "free", aggregate="sum"),
    SeriesKey("a", "pool", "free", (RowFilter("name", "p"),), "count"),
)
ALL = Span(BEGIN - STEP, BEGIN + 10_000 * STEP)


@dataclass
class History:
    """Runs made by dice, and the values of each number in each run, as they are known to be."""

    seed: int
    count: int
    calm: float
    ahead: float = 0.0
    times: list[int] = field(default_factory=list)
    values: dict[SeriesKey, list[float]] = field(default_factory=lambda: {key: [] for key in KEYS})

    def runs(self) -> Iterator[FinishedRun]:
        dice = random.Random(self.seed)
        time, said, load, pools = BEGIN, Said(), 1.0, [["p", 5, True]]
        for number in range(self.count):
            time += dice.choice([STEP * 30, STEP]) if dice.random() < 0.01 else STEP
            ahead = STEP * dice.randint(1, 40) if dice.random() < self.ahead else 0
            if dice.random() > self.calm:
                load = dice.choice([dice.uniform(-1e6, 1e6), dice.gauss(0, 1e-3), 1e300, 0.1])
            if dice.random() > self.calm:
                names = [*dice.sample("pqr", dice.randint(0, 3)), *(["q"] if dice.random() < 0.002 else [])]
                pools = [[name, dice.randint(0, 10**9) if dice.random() < 0.9 else None, None] for name in names]
            status = -1 if dice.random() < 0.02 else dice.choice([1.0, 0.5]) if dice.random() < 0.1 else 1.0
            known = None if dice.random() < 0.02 else load
            said = Said(status, known, pools=pools, data=[known, None])
            is_there = dice.random() > 0.01
            self._note(time + ahead, said if is_there else None, number)
            yield run(
                SITE if is_there else WITHOUT_A, number, self._time(time + ahead), a=said, b=Said(load=number // 9)
            )

    def _time(self, seconds: int):  # type: ignore[no-untyped-def]
        return START + timedelta(seconds=seconds - BEGIN)

    def _note(self, time: int, said: Said | None, number: int) -> None:
        self.times.append(time)
        for key in KEYS:
            if key.instance == "b":
                self.values[key].append(number // 9)
            elif said is None or said.status < 0:
                self.values[key].append(np.nan)
            elif not key.table:
                value = said.load if key.column else said.status
                self.values[key].append(np.nan if value is None else value)
            else:
                self.values[key].append(self._of_rows(key, said))

    @staticmethod
    def _of_rows(key: SeriesKey, said: Said) -> float:
        wanted = {row_filter.value for row_filter in key.filters}
        cells = [row[1] for row in said.pools if not wanted or row[0] in wanted]
        known = [float(cell) for cell in cells if cell is not None]  # type: ignore[arg-type]
        if key.aggregate == "count":
            return float(len(known))
        if not known:
            return np.nan
        return {"mean": sum(known) / len(known), "sum": sum(known), "max": max(known)}[key.aggregate]


def check(history: History, found: SeriesSet, span: Span) -> None:
    """Every bucket is what a walk along all runs finds."""
    kept = []
    for number in range(len(history.times) - 1, -1, -1):
        time = history.times[number]
        if time <= span.end and time > span.begin - 86400 and (not kept or time < history.times[kept[0]]):
            kept.insert(0, number)
    kept = [number for number in kept if history.times[number] >= span.begin]
    assert int(found.runs.sum()) == len(kept)
    at = 0
    for bucket, size in enumerate(found.runs.tolist()):
        inside = kept[at : at + size]
        at += size
        assert found.begins[bucket] == history.times[inside[0]]
        assert found.ends[bucket] >= history.times[inside[-1]] + 1
        for key in KEYS:
            values = np.array([history.values[key][number] for number in inside])
            series = found.series[key]
            known = values[~np.isnan(values)]
            if not len(known):
                assert np.isnan([series.low[bucket], series.mean[bucket], series.high[bucket]]).all()
                continue
            assert (series.low[bucket], series.high[bucket]) == (known.min(), known.max())
            exact = float(np.mean(known.astype(np.longdouble)))
            assert abs(series.mean[bucket] - exact) <= 1e-9 * np.abs(known).max()


def written(store: Store, history: History) -> None:
    batch: list[FinishedRun] = []
    for made in history.runs():
        batch.append(made)
        if len(batch) == 100:
            store.write_all(batch)
            batch = []
    if batch:
        store.write_all(batch)


def count(store: Store, table: sa.Table) -> int:
    with store.engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def forget_summaries(store: Store) -> None:
    with store.engine.begin() as connection:
        for table in (schema.summaries, schema.numbers, schema.summarised_periods):
            connection.execute(sa.delete(table))


def same(one: SeriesSet, other: SeriesSet) -> None:
    for name in ("begins", "ends", "runs"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    for key in KEYS:
        for name in ("low", "high"):
            assert np.array_equal(getattr(one.series[key], name), getattr(other.series[key], name), equal_nan=True)
        a, b = one.series[key], other.series[key]
        scale = np.nanmax(np.abs(np.append(a.low, a.high)), initial=0)
        assert np.allclose(a.mean, b.mean, rtol=0, atol=1e-9 * scale, equal_nan=True)


def checked(store: Store, history: History, spans: Sequence[tuple[Span, int | None]]) -> None:
    with_summaries = [store.series(ANONYMOUS, KEYS, span, points) for span, points in spans]
    for (span, _), found in zip(spans, with_summaries, strict=True):
        check(history, found, span)
    forget_summaries(store)
    for (span, points), found in zip(spans, with_summaries, strict=True):
        same(found, store.series(ANONYMOUS, KEYS, span, points))


SPANS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(1, 900), st.sampled_from([None, 1, 3, 7, 20, 100])),
    min_size=2,
    max_size=4,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.integers(0, 10**6), st.integers(1, 800), st.sampled_from([0.0, 0.3, 0.9]), st.sampled_from([0, 0.002]), SPANS)
def test_reduced_numbers_are_those_of_all_runs(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    length: int,
    calm: float,
    ahead: float,
    parts: list[tuple[int, int, int | None]],
) -> None:
    directory = tmp_path_factory.mktemp("history")
    history = History(seed, length, calm, ahead)
    with Store(f"sqlite:///{directory / 'store.db'}", directory / "archive") as store:
        written(store, history)
        assert count(store, schema.summarised_periods) == (length + 1) // 256
        spans = [(Span(BEGIN + first * STEP, BEGIN + (first + size) * STEP), points) for first, size, points in parts]
        checked(store, history, [(ALL, 5), (ALL, 12), (ALL, None), *spans])


def test_each_database_reduces_alike(store: Store) -> None:
    history = History(7, 700, 0.2)
    written(store, history)
    assert count(store, schema.summarised_periods) == 2
    assert count(store, schema.summaries) > 10
    part = Span(BEGIN + 100 * STEP, BEGIN + 630 * STEP)
    checked(store, history, [(ALL, 5), (ALL, 30), (part, 4), (part, None)])


def steady(store: Store, first: int, end: int) -> None:
    store.write_all([run(SITE, number, a=Said(load=number)) for number in range(first, end)])


def test_summaries_are_made_when_a_period_is_full(store: Store) -> None:
    steady(store, 0, 254)
    assert count(store, schema.summaries) == 0
    steady(store, 254, 255)
    assert count(store, schema.summarised_periods) == 1
    assert count(store, schema.summaries) == 2  # of b nothing has changed
    steady(store, 255, 511)
    assert count(store, schema.summaries) == 4


def test_a_plot_of_a_long_time_is_read_from_them(store: Store) -> None:
    """Where they say something else, that is what is drawn: they were read."""
    steady(store, 0, 600)
    key = KEYS[0]
    before = store.series(ANONYMOUS, [key], ALL, 10).series[key].high
    with store.engine.begin() as connection:
        connection.execute(sa.update(schema.summaries).values(blocks=np.array([7.0]).tobytes()))
    after = store.series(ANONYMOUS, [key], ALL, 10).series[key].high
    assert (after == 7).sum() >= 6
    assert (before != 7).all()
    assert store.series(ANONYMOUS, [key], ALL, 100).series[key].high[0] == 4


def test_summaries_show_nothing_of_what_was_restricted_for_a_while(store: Store) -> None:
    closed = replace(SITE, instances=(replace(SITE.instances[0], access="restricted"), SITE.instances[1]))
    made = [run(closed if 300 <= n < 320 else SITE, n, a=Said(load=1e6 if 300 <= n < 320 else n)) for n in range(600)]
    store.write_all(made)
    store.current = SITE
    series = store.series(ANONYMOUS, [KEYS[0]], ALL, 10).series[KEYS[0]]
    assert np.nanmax(series.high) == 599
    assert store.series(Reader(member=True), [KEYS[0]], ALL, 10).series[KEYS[0]].high.max() == 1e6


def test_a_span_that_ends_within_a_block_counts_no_run_after_it(store: Store) -> None:
    steady(store, 0, 600)
    found = store.series(ANONYMOUS, [KEYS[0]], Span(BEGIN + 5 * STEP, BEGIN + 499 * STEP), 10).series[KEYS[0]]
    assert (found.low[0], found.high[-1]) == (5, 499)


def test_a_period_in_which_nothing_was_known_hides_nothing_of_those_beside_it(store: Store) -> None:
    loads = [None if 255 <= number < 511 else number for number in range(600)]
    statuses = [1.0 if number % 2 else 0.5 for number in range(600)]
    store.write_all([run(SITE, n, a=Said(statuses[n], data=[loads[n], None])) for n in range(600)])
    assert store.series(ANONYMOUS, [KEYS[0]], ALL, 1).series[KEYS[0]].high.tolist() == [599]


def test_of_a_period_in_which_a_clock_went_wrong_no_summary_is_made(store: Store) -> None:
    times = [START + timedelta(seconds=STEP * (number + (20 if number == 100 else 0))) for number in range(300)]
    store.write_all([run(SITE, time=time, a=Said(load=number)) for number, time in enumerate(times)])
    assert count(store, schema.summaries) == 0
    assert count(store, schema.summarised_periods) == 1
    series = store.series(ANONYMOUS, [KEYS[0]], ALL, 5).series[KEYS[0]]
    assert (series.low.min(), series.high.max()) == (0, 299)


def test_what_was_left_undone_is_caught_up_with(store: Store, tmp_path: Path, database_url: str) -> None:
    steady(store, 0, 600)
    made = count(store, schema.summaries)
    forget_summaries(store)
    with Store(database_url, tmp_path / "archive") as another:
        another.write(run(SITE, 600))
    assert count(store, schema.summaries) == made
    assert count(store, schema.summarised_periods) == 2


def test_a_database_of_before_gets_its_summaries(store: Store, tmp_path: Path, database_url: str) -> None:
    steady(store, 0, 600)
    made = count(store, schema.summaries)
    with store.engine.begin() as connection:
        for table in (schema.summaries, schema.numbers, schema.summarised_periods):
            table.drop(connection)
        schema.summaries.metadata.tables["numbers"].create(connection)  # of an upgrade that was killed
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(StoreError, match="The next “happyface acquire” upgrades it"):
        Store(database_url, tmp_path / "archive")
    upgrade_database(database_url)
    with Store(database_url, tmp_path / "archive") as another:
        assert another.series(ANONYMOUS, [KEYS[0]], ALL, 10).series[KEYS[0]].high[-1] == 599
        another.write(run(SITE, 600))
    assert count(store, schema.summaries) == made


def test_one_cycle_does_only_a_part_of_much_work(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    steady(store, 0, 600)
    made = count(store, schema.summaries)
    forget_summaries(store)
    monkeypatch.setattr("happyface.store.series.summarising.PATIENCE", -1.0)
    with Store(str(store.engine.url.render_as_string(hide_password=False)), store.archive.directory) as another:
        for number in range(600, 606):
            before = count(store, schema.summaries)
            another.write(run(SITE, number))
            assert count(store, schema.summaries) - before <= 2
    assert count(store, schema.summaries) == made


def test_a_run_is_stored_whatever_happens_to_its_summaries(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    steady(store, 0, 254)
    monkeypatch.setattr("happyface.store.series.summarising.summarise", lambda *_: 1 / 0)
    assert store.write(run(SITE, 254)).id == 255
    assert "Summaries for plots could not be made" in caplog.text


def test_a_restored_row_class_without_a_key_is_no_trouble(store: Store) -> None:
    plain = Table("pool", "Pools", ROWS.columns)
    site = outline("a", modules=[ModuleOutline("machine", "", {"": DATA, "pool": plain})])
    made = [replace(run(site, n, a=Said(load=n, pools=[["p", n, None]]))) for n in range(300)]
    store.write_all(made)
    key = SeriesKey("a", "pool", "free", (RowFilter("name", "p"),))
    assert store.series(ANONYMOUS, [key], ALL, 3).series[key].high.max() == 299
