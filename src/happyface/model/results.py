"""What a run brings: plain values on their way from the workers to the store."""

import hashlib
import marshal
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import attrgetter

from happyface.contract.columns import Cell
from happyface.contract.files import File
from happyface.contract.states import State
from happyface.model.outline import Outline


@dataclass(frozen=True)
class SourceFact:
    """One fetched source of a result, as far as pages show it.

    Attributes:
        url: as pages show it, without secrets.
        size: length of the body in bytes.
        error: why it could not be fetched; empty when it could.
        file: the archive path of the body, kept where it helps to understand an error.
    """

    url: str
    size: int = 0
    error: str = ""
    file: str = ""


_error = attrgetter("error")


@dataclass(frozen=True)
class Outcome:
    """The result of one instance in one run: made in a worker, completed with what was fetched for it, then stored.

    Attributes:
        status: 0.0 to 1.0, or -1 with the reason in ``sentence``.
        sentence: what a shifter reads.
        data: the values of its ``Data`` in the order of the table's columns, if there are any.
        rows: the rows by table, each in the order of the table's columns.
        limited: whether the limits colour the values.
        detail: for the log alone: the traceback of a module that failed, or the whole of a sentence that was cut.
        facts: what was fetched for it.
        kept: fetched bodies that the archive keeps, by their position in ``facts``.
    """

    instance: str
    status: float
    sentence: str = ""
    data: list[Cell | File] | None = None
    rows: dict[str, list[list[Cell | File]]] = field(default_factory=dict)
    limited: bool = True
    detail: str = ""
    facts: tuple[SourceFact, ...] = ()
    kept: dict[int, File] = field(default_factory=dict)

    @cached_property
    def values_digest(self) -> bytes:
        """A digest of values, rows and files; computed once, in the worker, and sent along."""
        rows = [(name, [_plain(row) for row in rows]) for name, rows in self.rows.items() if rows]
        # marshal is the quickest way from plain values to bytes. Its version 2 writes no references, with which equal
        # values can differ.
        content = (self.data and _plain(self.data), rows, self.limited)
        return hashlib.blake2b(marshal.dumps(content, 2), digest_size=16).digest()

    @cached_property
    def digest(self) -> bytes:
        """Equal for datasets that are stored once: equal values, rows, files, fetching errors and kept bodies.

        The time and the addresses of what was fetched are not part of it.
        """
        # Nearly always: the digest that the worker made already is all.
        if not self.kept and not any(map(_error, self.facts)):
            return self.values_digest
        errors = [fact.error for fact in self.facts if fact.error]
        content = (self.values_digest, errors, [(position, file.digest) for position, file in self.kept.items()])
        return hashlib.blake2b(marshal.dumps(content, 2), digest_size=16).digest()


def _plain(cells: list[Cell | File]) -> list[Cell]:
    """Cells with the digests of their files in place of these, and states with what they say beside the word."""
    kinds = set(map(type, cells))
    if File not in kinds and State not in kinds:  # nearly always: nothing is copied
        return cells  # type: ignore[return-value]
    plain: list[Cell] = []
    for cell in cells:
        if isinstance(cell, State):
            plain += [str(cell), cell.status]  # of two equal words one may be critical and one fine
        else:
            plain.append(cell.digest if isinstance(cell, File) else cell)
    return plain


@dataclass(frozen=True)
class FinishedRun:
    """One acquisition cycle, ready to be stored.

    Attributes:
        time: when it began, in UTC.
        seconds: how long fetching and extracting took.
        outline: what the site consisted of.
        outcomes: one for each instance.
        note: what concerns the whole run, such as that nothing could be reached.
    """

    time: datetime
    seconds: float
    outline: Outline
    outcomes: list[Outcome]
    note: str = ""

    @cached_property
    def digest(self) -> bytes:
        """A digest of all outcomes, by which the store sees at once that nothing has changed since the run before.

        Empty where some value is of no plain type.
        """
        try:
            content = marshal.dumps(list(map(_identity, self.outcomes)), 2)
        except Exception:  # the store's door will tell what is wrong with it
            return b""
        return hashlib.blake2b(content, digest_size=16).digest()


_identity = attrgetter("instance", "status", "sentence", "digest")
