"""The archive: files kept with datasets, equal content once.

Content lies under its SHA-256. A journal names the content that a run is about to place, so that what a killed run
left behind is found again without looking through the whole archive.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from happyface.contract.files import File

_DIGEST = re.compile(r"[0-9a-f]{64}")
_BLOCK = 1 << 20


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
    def placing(self) -> Iterator["Placing"]:
        """Place contents for the transaction that is made within. When that fails, what is new is taken away again."""
        placing = Placing(self)
        try:
            yield placing
        except BaseException:
            self._remove(placing.new)
            raise
        finally:
            if placing.new:
                self._journal.unlink(missing_ok=True)

    def recover(self, known: Callable[[Iterable[str]], set[str]]) -> None:
        """Remove what a killed run placed and nothing points to.

        Args:
            known: returns those of some digests that the database points to.
        """
        self._journal_copy.unlink(missing_ok=True)
        try:
            pending = set(_digests(self._journal.read_bytes()))
        except FileNotFoundError:
            return
        except ValueError:  # the disk was full when it was written, or somebody else wrote it: look at everything
            pending = {path.stem for path in self.directory.glob("??/*") if _DIGEST.fullmatch(path.stem)}
        self._remove(pending - known(pending))
        self._journal.unlink(missing_ok=True)

    def announce(self, digests: Iterable[str]) -> None:
        """Write down which contents are about to be placed."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._journal_copy.write_text(json.dumps(sorted(digests)), encoding="utf-8")
        self._journal_copy.replace(self._journal)

    def _remove(self, digests: Iterable[str]) -> None:
        for digest in digests:
            target = self.path(digest)
            for path in (target, target.with_suffix(".new")):
                path.unlink(missing_ok=True)
            with suppress(OSError):  # other contents may lie there
                target.parent.rmdir()


class Placing:
    """The contents that one transaction places. ``new`` are the digests of those that were not there before."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.new: set[str] = set()

    def place(self, files: Iterable[File]) -> dict[str, str]:
        """Place the contents of some files. Returns why some cannot be placed, by their digests.

        Raises:
            OSError: the archive itself cannot be written.
        """
        wanted = {file.digest: file for file in files}
        missing = {digest: file for digest, file in wanted.items() if not self._archive.path(digest).exists()}
        if not missing:
            return {}
        self.new |= missing.keys()
        self._archive.announce(self.new)  # before the first one lies there: a kill may come at any moment
        return {digest: reason for digest, file in missing.items() if (reason := self._place(digest, file))}

    def size(self, digest: str) -> int:
        """The length of a content that lies in its place."""
        return self._archive.path(digest).stat().st_size

    def _place(self, digest: str, file: File) -> str:
        """Copy a content to its place. Returns why that is not possible, or nothing."""
        try:
            source = file.path.open("rb")
        except OSError as error:
            return f"its file {file.name} is gone: {error.strerror}"
        target = self._archive.path(digest)
        target.parent.mkdir(exist_ok=True)
        copy = target.with_suffix(".new")
        found = hashlib.sha256()
        with source, copy.open("wb") as written:
            while block := source.read(_BLOCK):
                found.update(block)
                written.write(block)
        if found.hexdigest() != digest:
            copy.unlink()
            return f"its file {file.name} was changed while it was stored"
        os.replace(copy, target)
        return ""


def is_digest(text: object) -> bool:
    """Whether something is a SHA-256 as the archive writes it, and so the name of a file there and nothing else."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def _digests(journal: bytes) -> list[str]:
    """What a journal names. Raises ValueError where it is none."""
    named = json.loads(journal)
    if not isinstance(named, list) or not all(map(is_digest, named)):
        raise ValueError("no list of digests")
    return named
