"""Writing a run: everything of it in one transaction, so that it is complete or not there at all."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, func, insert, select

from happyface.contract import columns, states
from happyface.contract.columns import storable
from happyface.contract.files import File
from happyface.model.outline import Outline
from happyface.model.results import FinishedRun, Outcome
from happyface.store import schema
from happyface.store.archive import Archive
from happyface.store.batch import Batch, insert_rows

_MOST_AT_ONCE = 500
"""So many values go into one IN list: every database takes them."""
_REMEMBERED_TEXTS = 10_000


@dataclass(frozen=True)
class StatusChange:
    """An instance that changed its face: the new one, the old one ('' for its first result), and why."""

    name: str
    new: states.Face
    old: states.Face | str
    sentence: str


@dataclass(frozen=True)
class StoredRun:
    """A run as it was stored: its number, its statuses by instance, and what changed."""

    id: int
    seconds: float
    note: str
    statuses: dict[str, float]
    changes: tuple[StatusChange, ...]


@dataclass(slots=True)
class _Last:
    """What is remembered of an instance's latest result."""

    dataset_id: int | None = None
    digest: bytes = b""
    status: float | None = None


@dataclass(slots=True)
class _Planned:
    """An outcome with what its dataset is to be: the last one, a new one, or none.

    ``paths`` are the archive paths of its files; ``facts`` its facts as text; both only for a new dataset.
    """

    outcome: Outcome
    last: "_Last"
    digest: bytes = b""
    is_new: bool = False
    paths: dict[File, str] = field(default_factory=dict)
    facts: str = ""


_NOTHING_YET = _Last()


class Writer:
    """Writes the runs of one site, one after another.

    It remembers the numbers it gave out and the latest results, and reads them anew when somebody else has written.
    """

    def __init__(self, engine: Engine, archive: Archive) -> None:
        self._engine = engine
        self._archive = archive
        self._run_id = -1
        self._next: dict[str, int] = {}
        self._names: dict[sa.Table, dict[str, int]] = {}
        self._last: dict[str, _Last] = {}
        self._texts: OrderedDict[str, int] = OrderedDict()
        self._declared: dict[str, dict[str, dict[str, str]]] = {}

    def write(self, runs: Sequence[FinishedRun]) -> list[StoredRun]:
        """Store some runs in one transaction, in their order. Either all of it is there afterwards, or nothing."""
        try:
            with self._engine.connect() as connection:
                self._remember(connection)
                batch = Batch()
                stored = [self._add(connection, batch, run) for run in runs]
                with self._archive.placing(batch.contents):
                    for table, rows in batch.rows.items():
                        if rows:
                            insert_rows(connection, table, rows)
                    connection.commit()
        except BaseException:
            self._run_id = -1  # what is remembered may be wrong now
            raise
        while len(self._texts) > _REMEMBERED_TEXTS:
            self._texts.popitem(last=False)
        return stored

    def _add(self, connection: Connection, batch: Batch, run: FinishedRun) -> StoredRun:
        """Number all that is new in a run, and add its rows to the batch."""
        if run.outline is not batch.outline:
            batch.begin_outline(run.outline, self._prepare_tables(connection, run.outline))
            connection.commit()  # tables without rows do no harm, and no row has been written yet
        self._run_id += 1
        batch.begin_run(self._run_id, run)
        outcomes = run.outcomes
        if batch.problems:
            outcomes = [_refused(each, run, batch.problems) for each in run.outcomes]
        said = {each.instance: (each.status, each.sentence) for each in outcomes}
        rated = {each.name: run.outline.rate_category(each.name, said) for each in run.outline.categories}
        self._number_names(batch, run)
        planned = [self._plan(batch, each) for each in outcomes]
        texts = self._number_texts(connection, batch, _texts_of(run, planned, rated))
        changes = [change for each in planned if (change := self._add_outcome(batch, each, texts))]
        self._add_run(batch, run, rated, texts)
        statuses = {each.instance: each.status for each in outcomes}
        return StoredRun(batch.run_id, run.seconds, run.note, statuses, tuple(changes))

    def _remember(self, connection: Connection) -> None:
        newest = connection.scalar(select(func.max(schema.runs.c.id))) or 0
        if newest == self._run_id:
            return
        for table in (schema.texts, schema.datasets, schema.instances, schema.categories):
            self._next[table.name] = (connection.scalar(select(func.max(table.c.id))) or 0) + 1
        for table in (schema.instances, schema.categories):
            self._names[table] = {row.name: row.id for row in connection.execute(select(table))}
        modules = connection.execute(select(schema.meta).where(schema.meta.c.name.like("module:%")))
        self._declared = {row.name.removeprefix("module:"): json.loads(row.value) for row in modules}
        self._last = {
            row.name: _Last(row.dataset_id, bytes(row.digest or b""), row.status)
            for row in connection.execute(_LATEST_RESULTS)
        }
        self._texts.clear()
        self._run_id = newest

    def _prepare_tables(self, connection: Connection, outline: Outline) -> dict[str, str]:
        """Make the tables and columns that modules declare and the database lacks.

        Returns why a module's values cannot be stored, by module.
        """
        problems: dict[str, str] = {}
        for module in outline.modules:
            known = self._declared.get(module.name, {})
            declared = {name: {each.name: each.kind for each in t.columns} for name, t in module.tables.items()}
            if all(known.get(name, {}).items() >= kinds.items() for name, kinds in declared.items()):
                continue
            if clash := _clash(known, declared):
                problems[module.name] = f"The module {module.name} cannot be stored: {clash}."
                continue
            for table in module.tables.values():
                _make_table(connection, schema.module_table(module.name, table))
            merged = known | {name: known.get(name, {}) | kinds for name, kinds in declared.items()}
            _set_meta(connection, f"module:{module.name}", json.dumps(merged))
            self._declared[module.name] = merged
        return problems

    def _number(self, table: sa.Table) -> int:
        number = self._next[table.name]
        self._next[table.name] += 1
        return number

    def _number_names(self, batch: Batch, run: FinishedRun) -> None:
        found = (
            (schema.instances, [each.instance for each in run.outcomes]),
            (schema.categories, [each.name for each in run.outline.categories]),
        )
        for table, names in found:
            known = self._names[table]
            for name in [each for each in names if each not in known]:
                known[name] = self._number(table)
                batch.add(table, known[name], name)

    def _number_texts(self, connection: Connection, batch: Batch, wanted: set[str]) -> dict[str, int]:
        """The numbers of some texts; those that are new join the batch."""
        table, texts = schema.texts, wanted - {""}
        digests = {_digest(text): text for text in texts if text not in self._texts}
        for some in _chunks(list(digests)):
            for row in connection.execute(select(table.c.digest, table.c.id).where(table.c.digest.in_(some))):
                self._texts[digests.pop(bytes(row.digest))] = row.id
        for digest, text in digests.items():
            self._texts[text] = self._number(table)
            batch.add(table, self._texts[text], digest, storable(text))
        return {text: self._texts[text] for text in texts}

    def _plan(self, batch: Batch, outcome: Outcome) -> _Planned:
        last = self._last.get(outcome.instance) or _NOTHING_YET
        if outcome.data is None and not any(outcome.rows.values()) and not outcome.facts:
            return _Planned(outcome, last)
        digest = batch.digest_of(outcome)
        if last.digest == digest and last.dataset_id is not None:
            return _Planned(outcome, last, digest)
        paths = {file: batch.archive_path(outcome.instance, file) for file in batch.files_of(outcome)}
        return _Planned(outcome, last, digest, True, paths, _facts_text(outcome, paths))

    def _add_outcome(self, batch: Batch, planned: _Planned, texts: dict[str, int]) -> StatusChange | None:
        outcome, last = planned.outcome, planned.last
        instance_id = self._names[schema.instances][outcome.instance]
        dataset_id = last.dataset_id if planned.digest else None
        if planned.is_new:
            dataset_id = self._number(schema.datasets)
            facts_id = texts.get(planned.facts)
            batch.add_dataset(dataset_id, instance_id, outcome, planned.digest, facts_id, planned.paths)
        sentence_id = texts.get(outcome.sentence)
        batch.add(schema.results, instance_id, batch.run_id, outcome.status, dataset_id, sentence_id)
        if last.dataset_id == dataset_id and last.status == outcome.status:
            return None
        self._last[outcome.instance] = _Last(dataset_id, planned.digest, outcome.status)
        kind = batch.instances[outcome.instance].type
        old = "" if last.status is None else states.face(last.status, kind)
        new = states.face(outcome.status, kind)
        if old == new:
            return None
        batch.add(schema.changes, instance_id, batch.run_id, last.status, outcome.status, sentence_id)
        return StatusChange(outcome.instance, new, old, outcome.sentence)

    def _add_run(
        self, batch: Batch, run: FinishedRun, rated: dict[str, tuple[float, str]], texts: dict[str, int]
    ) -> None:
        for name, (status, sentence) in rated.items():
            category_id = self._names[schema.categories][name]
            batch.add(schema.category_results, category_id, batch.run_id, status, texts.get(sentence))
        time, outline_id = int(run.time.timestamp()), texts[run.outline.text]
        batch.add(schema.runs, batch.run_id, time, run.seconds, outline_id, texts.get(run.note))


_LATEST_RESULTS = (
    select(schema.instances.c.name, schema.results.c.dataset_id, schema.results.c.status, schema.datasets.c.digest)
    .join_from(
        schema.instances,
        schema.results,
        sa.and_(
            schema.results.c.instance_id == schema.instances.c.id,
            schema.results.c.run_id
            == select(func.max(schema.results.c.run_id))
            .where(schema.results.c.instance_id == schema.instances.c.id)
            .correlate(schema.instances)
            .scalar_subquery(),
        ),
    )
    .join(schema.datasets, schema.datasets.c.id == schema.results.c.dataset_id, isouter=True)
)


def _refused(outcome: Outcome, run: FinishedRun, problems: dict[str, str]) -> Outcome:
    """An outcome whose module's tables do not fit any more says so, and keeps nothing."""
    problem = problems.get(run.outline.instance[outcome.instance].module)
    if not problem:
        return outcome
    return Outcome(outcome.instance, states.UNKNOWN, problem, facts=outcome.facts)


def _clash(known: dict[str, dict[str, str]], declared: dict[str, dict[str, columns.Kind]]) -> str:
    for table, kinds in declared.items():
        for column, kind in kinds.items():
            stored = known.get(table, {}).get(column, kind)
            if stored != kind:
                where = f"{table}.{column}" if table else column
                return f"its column {where} was stored as {stored} and is declared as {kind} now; give it a new name"
    return ""


def _make_table(connection: Connection, table: sa.Table) -> None:
    """Make a module's table, or add the columns that it lacks, which the database itself tells."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(table.name):
        table.create(connection)
        return
    known = {each["name"] for each in inspector.get_columns(table.name)}
    prepare = connection.dialect.identifier_preparer
    for column in table.columns:
        if column.name not in known:
            kind = column.type.compile(connection.dialect)
            names = f"{prepare.format_table(table)} ADD {prepare.format_column(column)}"
            connection.execute(sa.text(f"ALTER TABLE {names} {kind}"))


def _set_meta(connection: Connection, name: str, value: str) -> None:
    connection.execute(sa.delete(schema.meta).where(schema.meta.c.name == name))
    connection.execute(insert(schema.meta).values(name=name, value=value))


def _texts_of(run: FinishedRun, planned: Sequence[_Planned], rated: dict[str, tuple[float, str]]) -> set[str]:
    """All texts that a run points to."""
    sentences = {each.outcome.sentence for each in planned}
    facts = {each.facts for each in planned if each.is_new}
    told = {sentence for _, sentence in rated.values()}
    return {run.outline.text, run.note} | sentences | facts | told


def _facts_text(outcome: Outcome, paths: dict[File, str]) -> str:
    facts = [
        {
            "url": fact.url,
            "size": fact.size,
            "error": fact.error,
            "file": paths[outcome.kept[position]] if position in outcome.kept else "",
        }
        for position, fact in enumerate(outcome.facts)
    ]
    return json.dumps(facts, ensure_ascii=False) if facts else ""


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def _chunks(values: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(values), _MOST_AT_ONCE):
        yield values[start : start + _MOST_AT_ONCE]
