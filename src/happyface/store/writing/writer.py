"""Writing a run: everything of it in one transaction, so that it is complete or not there at all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Engine

from happyface.contract import states
from happyface.contract.columns import Table
from happyface.contract.files import File
from happyface.contract.states import Face
from happyface.model.outline import InstanceOutline, Outline
from happyface.model.results import FinishedRun, Outcome
from happyface.rating.category import Verdict
from happyface.store import schema
from happyface.store.engine import writing
from happyface.store.layout import StoredTable, table_name
from happyface.store.writing.archive import Archive, Placing
from happyface.store.writing.batch import Batch, TableRefused, archive_paths, files_of, page_order
from happyface.store.writing.door import checked_outcome, refused_outcome
from happyface.store.writing.making import Unmakeable, make_tables
from happyface.store.writing.memory import LatestRow, Memory
from happyface.store.writing.planning import Fingerprint, Planned, changed_outcomes, fingerprints_of

_NO_COLUMNS = b"\0" * 8
"""Stands for the columns of an outcome without values."""


@dataclass(frozen=True)
class StatusChange:
    """An instance or a category that changed its face: the new one, the old one ('' where there was none), and why."""

    kind: Literal["instance", "category"]
    name: str
    new: Face
    old: Face | Literal[""]
    sentence: str


@dataclass(frozen=True)
class StoredRun:
    """A run as it was stored.

    Attributes:
        statuses: by instance.
        changes: of instances, then of categories.
        refused: the outcomes that could not be stored, as they were stored instead; ``detail`` is for the log.
    """

    id: int
    seconds: float
    note: str
    statuses: dict[str, float]
    changes: tuple[StatusChange, ...]
    refused: tuple[Outcome, ...] = ()


class Writer:
    """Writes the runs of one site, one after another."""

    def __init__(self, engine: Engine, archive: Archive) -> None:
        self._engine = engine
        self._archive = archive
        self._memory = Memory()

    def write(self, runs: Sequence[FinishedRun]) -> list[StoredRun]:
        """Store some runs in one transaction, in their order. Either all of it is there afterwards, or nothing.

        When the database refuses a module's rows although they passed the door, all is written again without them.
        """
        problems: dict[str, str] = {}
        while True:
            try:
                return self._write(runs, problems)
            except TableRefused as error:
                module = self._module_of(error.table)
                # Left out already, so it is not the values: this is a bug, and ends the run.
                if module in problems:
                    raise
                problems[module] = f"The module {module} returned what the database does not take: {error}."

    def _module_of(self, table: str) -> str:
        known = self._memory.layout.known.items()
        return next(module for (module, name), found in known if table_name(found.id, name) == table)

    def _write(self, runs: Sequence[FinishedRun], problems: Mapping[str, str]) -> list[StoredRun]:
        memory = self._memory
        try:
            with writing(self._engine) as connection:
                memory.refresh(connection)
                batch = Batch()
                with self._archive.placing() as placing:
                    stored = [_Writing(memory, connection, batch, placing, problems).add(run) for run in runs]
                    batch.insert(connection)
                    connection.commit()
        # Nothing was written, so the numbers that were given out are free again.
        except BaseException:
            memory.forget()
            raise
        memory.trim()
        return stored


class _Writing:
    """One run on its way into a batch."""

    def __init__(
        self, memory: Memory, connection: Connection, batch: Batch, placing: Placing, problems: Mapping[str, str]
    ) -> None:
        self._memory, self._connection, self._batch = memory, connection, batch
        self._placing, self._problems = placing, problems
        self._changes: list[StatusChange] = []
        self._refused: list[Outcome] = []

    def add(self, run: FinishedRun) -> StoredRun:
        """Number all that is new in a run, and add its rows to the batch."""
        memory = self._memory
        memory.run_id += 1
        self._run, self._id, self._time = run, memory.run_id, int(run.time.timestamp())
        # By identity: a site that is not read anew keeps its outline, and comparing two large ones takes long.
        same_site = memory.outline is not None and memory.outline[0] is run.outline
        self._outline_id = memory.outline[1] if memory.outline and same_site else self._change_site(run.outline)
        if same_site and run.digest and run.digest == memory.run_digest:
            self._add_run(memory.text_ids(self._connection, self._batch, {run.note}) if run.note else {})
        else:
            self._add_changed(same_site)
            memory.run_digest = b"" if self._refused else run.digest
        changes, refused_now = tuple(self._changes), tuple(self._refused)
        return StoredRun(self._id, run.seconds, run.note, memory.statuses.copy(), changes, refused_now)

    def _change_site(self, outline: Outline) -> int:
        """Take in an outline that the run before did not have: its tables, its number, and who is in which category."""
        memory = self._memory
        memory.fingerprints, memory.problems = [], {}
        made = False
        for module in outline.modules:
            try:
                made |= make_tables(self._connection, memory.layout, module)
            except Unmakeable as problem:
                memory.problems[module.name] = f"The module {module.name} cannot be stored: {problem}."
        if made:
            memory.layout.load(self._connection)
        memory.find_tables(outline)
        outline_id = memory.outline_id(self._connection, self._batch, outline)
        memory.change_memberships(self._batch, self._id, outline)
        return outline_id

    def _add_changed(self, same_site: bool) -> None:
        """Add what differs from the run before: results, datasets, categories, changes."""
        memory, outcomes = self._memory, self._run.outcomes
        fingerprints = fingerprints_of(outcomes)
        changed = changed_outcomes(outcomes, fingerprints, memory.fingerprints)
        missing = memory.results.keys() - {outcome.instance for outcome in outcomes}
        stored = self._placed([self._checked(outcome) for outcome in changed])
        self._remember(stored, missing, fingerprints)
        rated = self._rate_categories(stored, missing, same_site)
        planned = [self._plan(outcome) for outcome in stored]
        texts = {self._run.note, *(outcome.sentence for outcome in stored), *(plan.facts for plan in planned)}
        texts |= {sentence for _, sentence in rated.values()}
        # All texts of the run are looked up at once: one query, where each by itself would be thousands.
        ids = memory.text_ids(self._connection, self._batch, texts)
        self._add_run(ids)
        for plan in planned:
            self._add_outcome(plan, ids)
        # An instance's result must end where nobody looked, or the last one would hold for ever.
        for name in missing:
            self._add_result(name, LatestRow())
        self._add_categories(rated, ids, same_site)

    def _remember(
        self, stored: Sequence[Outcome], missing: Collection[str], fingerprints: Sequence[Fingerprint]
    ) -> None:
        """Bring the memory up to this run: verdicts, statuses, fingerprints."""
        memory = self._memory
        for name in missing:
            memory.verdicts.pop(name, None)
            memory.statuses.pop(name, None)
        memory.statuses |= {outcome.instance: outcome.status for outcome in stored}
        memory.verdicts |= {outcome.instance: (outcome.status, outcome.sentence) for outcome in stored}
        # One that was refused is looked at again, even where the next run brings the same.
        refused = {outcome.instance for outcome in self._refused}
        pairs = zip(self._run.outcomes, fingerprints, strict=True)
        memory.fingerprints = [(object(),) if outcome.instance in refused else now for outcome, now in pairs]

    def _rate_categories(
        self, stored: Sequence[Outcome], missing: Collection[str], same_site: bool
    ) -> dict[str, Verdict]:
        """The verdicts on the categories of which a member has changed; on all of a changed site."""
        outline = self._run.outline
        touched = {outline.instance[outcome.instance].category for outcome in stored}
        touched |= {outline.instance[name].category for name in missing if name in outline.instance}
        names = [category.name for category in outline.categories if not same_site or category.name in touched]
        return {name: outline.rate_category(name, self._memory.verdicts) for name in names}

    def _checked(self, outcome: Outcome) -> Outcome:
        outline = self._run.outline
        module = outline.instance[outcome.instance].module
        if problem := self._problems.get(module) or self._memory.problems.get(module):
            return self._refuse(outcome, problem)
        found = checked_outcome(outcome, module, self._tables(outcome.instance))
        if found.detail != outcome.detail:
            self._refused.append(found)
        return found

    def _refuse(self, outcome: Outcome, sentence: str) -> Outcome:
        found = refused_outcome(outcome, sentence)
        self._refused.append(found)
        return found

    def _tables(self, instance: str) -> Mapping[str, Table]:
        module = self._run.outline.module.get(self._run.outline.instance[instance].module)
        return module.tables if module else {}

    def _placed(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """The outcomes, with the contents of their files placed; those whose files cannot be had are refused."""
        having = {outcome.instance: self._files(outcome) for outcome in outcomes}
        files = {
            outcome.instance: found
            for outcome in outcomes
            if (found := having[outcome.instance]) and self._digest(outcome) != self._last(outcome).digest
        }
        if not files:
            return list(outcomes)
        lost = self._placing.place(file for some in files.values() for file in some)
        placed = []
        for outcome in outcomes:
            reason = next((lost[file.digest] for file in files.get(outcome.instance, ()) if file.digest in lost), "")
            placed.append(self._refuse(outcome, f"What it returned cannot be stored: {reason}.") if reason else outcome)
        return placed

    def _files(self, outcome: Outcome) -> Sequence[File]:
        module = self._run.outline.instance[outcome.instance].module
        if not outcome.kept and module not in self._memory.with_files:
            return ()
        return files_of(outcome, self._tables(outcome.instance))

    def _last(self, outcome: Outcome) -> LatestRow:
        return self._memory.results.get(outcome.instance) or LatestRow()

    def _digest(self, outcome: Outcome) -> bytes:
        """A dataset's digest: half for its content, half for the columns in which it is stored.

        Empty where there is nothing to store.
        """
        if not outcome.data and not any(outcome.rows.values()) and not outcome.facts:
            return b""
        module = self._run.outline.instance[outcome.instance].module
        # Columns, too: the same content in a table with a new column is another dataset.
        return outcome.digest[:8] + self._memory.columns_digest.get(module, _NO_COLUMNS)

    def _stored(self, outcome: Outcome) -> Mapping[str, StoredTable]:
        """The database tables of an outcome's module, by name; none for an outcome without values."""
        if outcome.data is None and not outcome.rows:
            return {}
        return self._memory.stored.get(self._run.outline.instance[outcome.instance].module, {})

    def _plan(self, outcome: Outcome) -> Planned:
        last, digest = self._last(outcome), self._digest(outcome)
        if not digest:
            return Planned(outcome, None, digest, False)
        if last.dataset_id is not None and last.digest == digest:
            return Planned(outcome, last.dataset_id, digest, False)
        dataset_id = self._memory.number(schema.datasets)
        files = self._files(outcome)
        paths = archive_paths(f"{self._run.time:%Y/%m/%d/%H/%M}", dataset_id, outcome, files)
        return Planned(outcome, dataset_id, digest, True, paths)

    def _add_outcome(self, planned: Planned, texts: Mapping[str, int]) -> None:
        outcome = planned.outcome
        if planned.is_new:
            self._add_dataset(planned, texts)
        sentence_id = texts.get(outcome.sentence)
        new = LatestRow(outcome.status, sentence_id, planned.dataset_id, planned.digest)
        last = self._add_result(outcome.instance, new)
        kind = self._run.outline.instance[outcome.instance].type
        self._note_change("instance", outcome.instance, kind, last, new, outcome.sentence)

    def _add_result(self, instance: str, new: LatestRow) -> LatestRow:
        """Add a result where it differs from the last one, which is returned."""
        last = self._memory.results.get(instance) or LatestRow()
        if (last.status, last.sentence_id, last.dataset_id) != (new.status, new.sentence_id, new.dataset_id):
            instance_id = self._memory.name_id(self._batch, schema.instances, instance)
            self._batch.add(schema.results, instance_id, self._id, new.status, new.dataset_id, new.sentence_id)
            self._memory.results[instance] = new
        return last

    def _add_categories(self, rated: Mapping[str, Verdict], texts: Mapping[str, int], same_site: bool) -> None:
        memory, outline = self._memory, self._run.outline
        for name, (status, sentence) in rated.items():
            last, new = memory.categories.get(name) or LatestRow(), LatestRow(status, texts.get(sentence))
            self._add_category(name, last, new)
            self._note_change("category", name, outline.category[name].type, last, new, sentence)
        for name in [] if same_site else memory.categories.keys() - outline.category.keys():
            self._add_category(name, memory.categories[name], LatestRow())

    def _add_category(self, name: str, last: LatestRow, new: LatestRow) -> None:
        if (last.status, last.sentence_id) != (new.status, new.sentence_id):
            category_id = self._memory.name_id(self._batch, schema.categories, name)
            self._batch.add(schema.category_results, category_id, self._id, new.status, new.sentence_id)
            self._memory.categories[name] = new

    def _note_change(
        self,
        what: Literal["instance", "category"],
        name: str,
        kind: states.Type,
        last: LatestRow,
        new: LatestRow,
        sentence: str,
    ) -> None:
        """Add a change where the face is another one."""
        if new.status is None or last.status == new.status:
            return
        old_face: Face | Literal[""] = "" if last.status is None else states.face(last.status, kind)
        new_face = states.face(new.status, kind)
        if old_face == new_face:
            return
        memory, batch = self._memory, self._batch
        instance_id = memory.name_id(batch, schema.instances, name) if what == "instance" else None
        category_id = memory.name_id(batch, schema.categories, name) if what == "category" else None
        number = memory.number(schema.changes)
        # False: nobody was notified. Whatever sends notifications marks them, so that a crash loses none.
        about = (instance_id, category_id, last.status, new.status, new.sentence_id, False)
        batch.add(schema.changes, number, self._time, self._id, *about)
        self._changes.append(StatusChange(what, name, new_face, old_face, sentence))

    def _add_dataset(self, planned: Planned, texts: Mapping[str, int]) -> None:
        outcome, dataset_id, batch = planned.outcome, planned.dataset_id or 0, self._batch
        instance = self._run.outline.instance[outcome.instance]
        instance_id = self._memory.name_id(batch, schema.instances, outcome.instance)
        counts = ",".join(f"{name}:{len(rows)}" for name, rows in outcome.rows.items() if rows) or None
        about = (planned.digest, outcome.limited, counts, texts.get(planned.facts))
        batch.add(schema.datasets, dataset_id, instance_id, self._id, *about)
        for name, stored in self._stored(outcome).items():
            self._add_values(planned, instance, name, stored)
        for file, path in planned.paths.items():
            size = self._placing.size(file.digest)
            batch.add(schema.archive, path, file.digest, size, dataset_id)

    def _add_values(self, planned: Planned, instance: InstanceOutline, name: str, stored: StoredTable) -> None:
        outcome, dataset_id, paths = planned.outcome, planned.dataset_id or 0, planned.paths
        given = outcome.rows.get(name, []) if name else [outcome.data] if outcome.data else []
        rows: Any = given
        if paths:
            rows = [[paths[cell] if isinstance(cell, File) else cell for cell in row] for row in given]
        if name:
            limits = instance.limits.get(name, {}) if outcome.limited else {}
            order = page_order(stored.declared, given, limits, self._run.time.timestamp())
            self._batch.add_rows(stored, dataset_id, rows, order)
        elif rows:
            self._batch.add_values(stored, dataset_id, rows[0])

    def _add_run(self, texts: Mapping[str, int]) -> None:
        row = (self._id, self._time, self._run.seconds, self._outline_id, texts.get(self._run.note))
        self._batch.add(schema.runs, *row)
