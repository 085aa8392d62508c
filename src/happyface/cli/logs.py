"""Logging of the commands that run for long: to the screen, and to a file that is rotated and compressed."""

import gzip
import logging
import logging.handlers
import os
import shutil
from pathlib import Path

from happyface.cli.printing import printable
from happyface.errors import HappyFaceError

_KEPT = 10


def set_up(path: Path, quiet: bool = False, size: int = 5_000_000) -> None:
    """Log to a file of its own, so that no two processes rotate the same one, and to standard error.

    Args:
        path: the file; ten older ones are kept beside it, compressed.
        quiet: leave standard error to errors: a progress bar is there.
        size: the file is put aside when it has grown to so many bytes.

    Raises:
        HappyFaceError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(path, maxBytes=size, backupCount=_KEPT, encoding="utf-8")
    except OSError as error:
        raise HappyFaceError(f"The log {path} cannot be written: {error.strerror}.") from error
    file.namer = lambda name: f"{name}.gz"  # rotated files are named by what _compress makes of them
    file.rotator = _compress
    screen = logging.StreamHandler()
    for handler in (file, screen):
        handler.setFormatter(HarmlessFormatter("%(asctime)s %(levelname)-7s %(message)s"))
    screen.setLevel(logging.ERROR if quiet else logging.INFO)
    logging.basicConfig(level=logging.INFO, handlers=[file, screen])


class HarmlessFormatter(logging.Formatter):
    """Writes what others have said so that it is nothing but text, in this record alone.

    Monitors and modules are quoted in the log, and it is read on terminals: what would move the cursor there is written
    as its code, and every line but the first is indented, so that none looks like a record of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One record, of a limited length: its beginning and its end."""
        try:
            text = super().format(record)
        except Exception as error:  # code of others that cannot even say what it is
            text = f"{record.levelname} A message of {record.name} cannot be written: {type(error).__name__}."
        if len(text) > _LONGEST:
            text = f"{text[: _LONGEST // 2]}\n… {len(text) - _LONGEST} characters …\n{text[-_LONGEST // 2 :]}"
        return "\n    ".join(map(printable, text.split("\n")))


_LONGEST = 20_000


def _compress(source: str, target: str) -> None:
    with open(source, "rb") as plain, gzip.open(target, "wb") as compressed:
        shutil.copyfileobj(plain, compressed)
    os.remove(source)
