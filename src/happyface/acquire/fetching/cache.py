"""Conditional requests: the last body of each source whose server told how to ask whether it has changed.

A body's file is named after its source and its version: a run that is killed before it could write the index leaves
the last version where the index says that it is.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from happyface.contract.source import Source

log = logging.getLogger(__name__)

_INDEX = "index.json"


@dataclass(frozen=True)
class Validators:
    """What a server gave to ask again with."""

    etag: str = ""
    last_modified: str = ""
    content_type: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str], content_type: str) -> "Validators":
        """The validators of an answer."""
        etag, modified = (headers.get(name, "") for name in ("ETag", "Last-Modified"))
        return cls(etag if etag.isascii() else "", modified if modified.isascii() else "", content_type)

    @property
    def digest(self) -> str:
        """What names this version of a body."""
        return hashlib.sha256(f"{self.etag}\n{self.last_modified}".encode()).hexdigest()[:16]

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a conditional request."""
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in given.items() if value}


class Cache:
    """A directory of bodies, and one index of their validators, which is written last."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._index: dict[str, Validators] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            stored = json.loads((directory / _INDEX).read_text(encoding="utf-8"))
            self._index = {name: Validators(**entry) for name, entry in stored.items()}
        self._changed = False

    def validators(self, source: Source) -> Validators | None:
        """What to ask a source's server with, if its last body is still here."""
        found = self._index.get(_name(source))
        return found if found and self.body(source, found).is_file() else None

    def body(self, source: Source, validators: Validators) -> Path:
        """Where a version of a source's body is."""
        return self.directory / f"{_name(source)}-{validators.digest}"

    def keep(self, source: Source, body: Path, validators: Validators) -> None:
        """Keep a body for the next run, if its server said how to ask for it."""
        name = _name(source)
        self._changed |= self._index.pop(name, None) is not None
        if validators.headers:
            target = self.body(source, validators)
            copy = target.with_suffix(".new")
            copy.unlink(missing_ok=True)
            try:
                os.link(body, copy)
            except OSError:
                shutil.copyfile(body, copy)
            copy.replace(target)
            self._index[name] = validators
            self._changed = True

    def forget(self, sources: Iterable[Source]) -> None:
        """Ask for sources as if for the first time: a copy that nobody can read would be confirmed for ever.

        The bodies stay until the next :meth:`save`, for they may explain why.
        """
        forgotten = {_name(source) for source in sources}
        if forgotten & set(self._index):
            self._write({name: each for name, each in self._index.items() if name not in forgotten})

    def save(self, sources: Iterable[Source]) -> None:
        """Write the index, and delete what belongs to none of ``sources``."""
        wanted = {_name(source) for source in sources}
        index = {name: each for name, each in self._index.items() if name in wanted}
        if self._changed or index != self._index:
            self._write(index)
        kept = {_INDEX, *(f"{name}-{entry.digest}" for name, entry in index.items())}
        for path in self.directory.iterdir():
            if path.name not in kept:
                path.unlink(missing_ok=True)

    def _write(self, index: dict[str, Validators]) -> None:
        copy = self.directory / f"{_INDEX}.new"
        try:
            copy.write_text(json.dumps({name: asdict(entry) for name, entry in index.items()}), encoding="utf-8")
            copy.replace(self.directory / _INDEX)
        except OSError as error:  # costs some traffic, and is no reason to lose a run
            log.warning("What sources answered cannot be kept in %s: %s.", self.directory, error.strerror)
        self._index, self._changed = index, False


def _name(source: Source) -> str:
    return hashlib.sha256(source.identity.encode()).hexdigest()[:32]
