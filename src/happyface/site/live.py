"""A site that follows its configuration: a valid change is picked up; with an invalid one the old site stays in use."""

import logging
import threading
import time
from pathlib import Path

from happyface.errors import ConfigError, HappyFaceError
from happyface.site.reading import fingerprint, read_site
from happyface.site.site import Site
from happyface.store import Store

log = logging.getLogger(__name__)


class LiveSite:
    """A site with its store, for processes that run for long.

    Args:
        root: the site's directory.
        patience: seconds between two looks at the files.

    Raises:
        ConfigError: the site is not valid to begin with.
        StoreError: its database cannot be used.
    """

    def __init__(self, root: Path, patience: float = 1.0) -> None:
        self.root = root
        self.problems: list[str] = []
        self._lock = threading.Lock()
        self._patience, self._looked = patience, time.monotonic()
        # Before reading: a change made meanwhile is then seen at the next look.
        self._seen = fingerprint(root)
        self.site = read_site(root)
        self.store = _open(self.site)

    def current(self) -> tuple[Site, Store]:
        """The site as it was read last, and its store; nobody waits for a configuration that is being read."""
        if time.monotonic() - self._looked >= self._patience:  # monotonic, for the wall clock may be set
            self._looked = time.monotonic()
            threading.Thread(target=self._look_alone, daemon=True).start()
        return self.site, self.store

    def refresh(self) -> tuple[Site, Store]:
        """The site as it is configured now, if that is valid; else as it was, with ``problems`` saying why."""
        with self._lock:
            self._look()
        return self.site, self.store

    def close(self) -> None:
        """Give back the database."""
        self.store.close()

    def _look_alone(self) -> None:
        """Look at the files, unless somebody does so already."""
        if self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()

    def _look(self) -> None:
        self._looked = time.monotonic()
        found = fingerprint(self.root)
        if found != self._seen:
            self._seen = found
            self._reload()

    def _reload(self) -> None:
        old = self.store
        try:
            site = read_site(self.root)
            if (site.database_url, site.archive) != (self.site.database_url, self.site.archive):
                self.store = _open(site)
        except HappyFaceError as error:
            self.problems = error.problems if isinstance(error, ConfigError) else [str(error)]
            log.error("The changed configuration is not valid; the old one is kept.\n%s", "\n".join(self.problems))
            return
        self.store.current = site.outline
        self.site, self.problems = site, []
        if old is not self.store:
            old.close()  # requests under way keep the connections that they have
        log.info("The changed configuration is in use.")


def _open(site: Site) -> Store:
    return Store(site.database_url, site.archive, site.outline)
