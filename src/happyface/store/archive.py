"""The archive: files kept with datasets, equal content once.

Content lies under its SHA-256. A journal names the content that a run is about to place, so that what a killed run
left behind is found again without looking through the whole archive.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Archive:
    """A directory of contents."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._journal = directory / "pending.json"
        self._journal_copy = directory / "pending.new"

    def path(self, digest: str) -> Path:
        """Where a content is."""
        return self.directory / digest[:2] / digest

    @contextmanager
    def placing(self, contents: dict[str, Path]) -> Iterator[None]:
        """Place contents, by their digests, for the transaction that is made within.

        When that fails, what is new is taken away again.
        """
        new = {digest: source for digest, source in contents.items() if not self.path(digest).exists()}
        if not new:
            yield
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        self._write_journal(new)
        try:
            for digest, source in new.items():
                self._place(digest, source)
            yield
        except BaseException:
            self._remove(new)
            raise
        finally:
            self._journal.unlink(missing_ok=True)

    def recover(self, known: Callable[[Iterable[str]], set[str]]) -> None:
        """Remove what a killed run placed and nothing points to.

        Args:
            known: tells which of some digests the database points to.
        """
        self._journal_copy.unlink(missing_ok=True)
        try:
            pending = json.loads(self._journal.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        self._remove(set(pending) - known(pending))
        self._journal.unlink(missing_ok=True)

    def _write_journal(self, digests: Iterable[str]) -> None:
        self._journal_copy.write_text(json.dumps(list(digests)), encoding="utf-8")
        self._journal_copy.replace(self._journal)

    def _place(self, digest: str, source: Path) -> None:
        target = self.path(digest)
        target.parent.mkdir(exist_ok=True)
        copy = target.with_suffix(".new")
        shutil.copyfile(source, copy)
        os.replace(copy, target)

    def _remove(self, digests: Iterable[str]) -> None:
        for digest in digests:
            target = self.path(digest)
            for path in (target, target.with_suffix(".new")):
                path.unlink(missing_ok=True)
            with suppress(OSError):
                target.parent.rmdir()
