"""Logging of the commands that run for long: to the screen, and to a file that is rotated and compressed."""

import gzip
import logging
import logging.handlers
import os
import shutil
from pathlib import Path

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
    screen.setLevel(logging.ERROR if quiet else logging.INFO)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(message)s", handlers=[file, screen])


def _compress(source: str, target: str) -> None:
    with open(source, "rb") as plain, gzip.open(target, "wb") as compressed:
        shutil.copyfileobj(plain, compressed)
    os.remove(source)
