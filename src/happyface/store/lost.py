"""What is remembered of a database beside it: an empty one in its place is a loss, and not a new site.

In the site's directory of data, ``database.known`` says which database had a run, ``database.lost`` that it has none
any more.
"""

import json
import logging
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from happyface.errors import GoneError, StoreError
from happyface.store.engine import display_url
from happyface.store.store import Store
from happyface.store.writing.writer import StoredRun

log = logging.getLogger(__name__)

_KNOWN, _LOST = "database.known", "database.lost"


@dataclass(frozen=True)
class _Known:
    """A database that had a run: a digest of its address, and the number of its newest run."""

    database: str
    run: int


def notice_loss(directory: Path, store: Store) -> None:
    """Compare a database with what is remembered in a directory, before anything is made in it.

    A loss is logged, and marked for pages until an administrator removes the mark.
    """
    known = _read(directory / _KNOWN)
    if known is None:
        return
    address = display_url(store.engine)
    if known.database != _digest(store):
        log.info("The configuration names another database than that of the runs before: %s.", address)
        return
    try:
        store.look_anew()
        newest = store.newest()
    except GoneError:
        newest = None
    except StoreError:  # whoever writes to it next says why it cannot be used
        return
    if newest is None:
        _mark_loss(directory / _LOST, address, known.run)
    elif newest.id < known.run:
        sentence = "The database %s ends with run %d, although run %d was stored: an older one was restored, it seems."
        log.warning(sentence, address, newest.id, known.run)


def remember(directory: Path, store: Store, run: StoredRun) -> None:
    """Keep in mind that a database has a run."""
    path = directory / _KNOWN
    beside = path.with_suffix(".new")
    try:
        beside.write_text(json.dumps(asdict(_Known(_digest(store), run.id))), encoding="utf-8")
        os.replace(beside, path)  # a half of it would be no memory at all
    except OSError as error:
        log.warning("%s cannot be written, so a lost database will not be noticed: %s.", path, error.strerror)


def lost_since(directory: Path) -> datetime | None:
    """When the database was found empty; None where it was not, or where an administrator has seen to it."""
    with suppress(OSError):
        return datetime.fromtimestamp((directory / _LOST).stat().st_mtime, UTC)
    return None


def _mark_loss(path: Path, address: str, run: int) -> None:
    sentence = (
        f"The database {address} has no run, although run {run} was stored in it; an empty one takes its place. "
        f"Restore it from a backup, or go on without; then delete {path}: until then every page says that it is lost."
    )
    log.error("%s", sentence)
    try:
        with path.open("x", encoding="utf-8") as file:  # x: the time of the first loss is the one to tell
            file.write(f"{sentence}\n")
    except FileExistsError:
        return
    except OSError as error:
        log.error("%s cannot be written, so pages will not say it: %s.", path, error.strerror)


def _read(path: Path) -> _Known | None:
    """What is remembered; None for nothing, and for what nobody can read."""
    try:
        return _Known(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _digest(store: Store) -> str:
    # Without its password, which may be changed: neither is it another database then, nor may it be guessed from this.
    return sha256(display_url(store.engine).encode()).hexdigest()
