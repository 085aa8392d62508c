"""The store: runs, results, datasets, texts and archived files. Only this package knows SQL."""

from happyface.store.lost import lost_since, notice_loss, remember
from happyface.store.store import ArchivedFile, Store
from happyface.store.versions import upgrade_database
from happyface.store.writing.writer import StatusChange, StoredRun

__all__ = [
    "ArchivedFile",
    "StatusChange",
    "Store",
    "StoredRun",
    "lost_since",
    "notice_loss",
    "remember",
    "upgrade_database",
]
