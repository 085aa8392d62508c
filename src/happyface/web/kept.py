"""A cache of made pages for readers with the same rights: a completed run never changes."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cherrypy

from happyface.web import compression

_MADE_AT_ONCE = 8
"""At most so many pages are made at the same time. More would not be faster, and each takes memory."""


@dataclass(frozen=True)
class MadePage:
    """A page as it is sent.

    Attributes:
        tag: the ETag, made from the content. A weak one, since the compressed page has the same.
        compressed: whether the body is compressed.
    """

    body: bytes
    tag: str
    compressed: bool = False

    @classmethod
    def of(cls, content: str | bytes) -> "MadePage":
        """The page of a text, or of bytes."""
        body = content.encode() if isinstance(content, str) else content
        return cls(body, f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')

    def compress(self) -> "MadePage":
        """The page compressed; a short one stays as it is."""
        if self.compressed or len(self.body) < compression.LEAST_BYTES:
            return self
        return MadePage(compression.compress(self.body), self.tag, True)


class KeptPages:
    """A cache of the pages that were requested last, bounded in bytes.

    Requests for a page that is being made wait for it: after a new run all readers ask for the same one at once.

    Args:
        most_bytes: how much all pages together may take.
    """

    def __init__(self, most_bytes: int = 32_000_000) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._pages: OrderedDict[Hashable, MadePage] = OrderedDict()
        self._lock = threading.Lock()
        self._making = [threading.Lock() for _ in range(_MADE_AT_ONCE)]

    def get(self, key: Hashable, make: Callable[[], str | bytes], compressed: bool = False) -> MadePage:
        """The page of a key, in the form that is wanted; made where there is none yet.

        The key holds everything that the page depends on. What ``make`` raises is passed on, and nothing is kept.
        """
        wanted = (key, compressed)
        page = self._find(wanted)
        if page is None:
            # One lock for each key would have to be cleared away; keys that share one merely wait for each other.
            with self._making[hash(key) % _MADE_AT_ONCE]:
                page = self._find(wanted) or self._keep(wanted, self._make(key, make, compressed))
        return page

    def _make(self, key: Hashable, make: Callable[[], str | bytes], compressed: bool) -> MadePage:
        # Of a page that was made for a script the compressed form is near; the other way round is too rare to matter.
        page = self._find((key, not compressed)) if compressed else None
        page = page or MadePage.of(make())
        return page.compress() if compressed else page

    def _find(self, key: Hashable) -> MadePage | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def _keep(self, wanted: Hashable, page: MadePage) -> MadePage:
        if len(page.body) > self._most_bytes // 4:  # one giant must not push out all others
            return page
        with self._lock:
            self._pages[wanted] = page
            self._bytes += len(page.body)
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._pages.popitem(last=False)[1].body)
        return page


class BusyError(cherrypy.HTTPError):  # type: ignore[misc]
    """There is no room for one more, but there will be in some seconds."""

    def set_response(self) -> None:
        """Answer so. CherryPy takes this header away from what was begun as another answer."""
        super().set_response()
        cherrypy.serving.response.headers["Retry-After"] = "5"


class FewAtOnce:
    """Answers that take a processor for a while: few are made at a time, few may wait for that, and the last are kept.

    They are made in threads of their own: the system's allocator keeps the memory of each thread apart, and what
    matplotlib leaves behind would be left in all of a server's sixty threads.

    Args:
        at_once: how many are made at a time.
        waiting: how many may wait: pages must not wait behind them.
        busy: what is said to whom there is no room for.
    """

    def __init__(self, at_once: int, waiting: int, busy: str) -> None:
        self._makers = ThreadPoolExecutor(at_once, "making")
        self._admitted = threading.Semaphore(at_once + waiting)
        self._busy = busy
        self._kept: tuple[object, KeptPages] = (None, KeptPages())

    def get(self, site: object, key: Hashable, make: Callable[[], str | bytes]) -> MadePage:
        """The answer of a key, as it was kept or made now; what ``make`` raises is passed on.

        Args:
            site: with another configuration there are other limits, names and rights, and nothing of before holds.

        Raises:
            BusyError: too many are being made.
        """
        of_site, kept = self._kept
        if of_site is not site:
            kept = KeptPages()
            self._kept = site, kept
        return kept.get(key, lambda: self._make(make))

    def _make(self, make: Callable[[], str | bytes]) -> str | bytes:
        if not self._admitted.acquire(blocking=False):
            raise BusyError(503, self._busy)
        try:
            return self._makers.submit(make).result()
        finally:
            self._admitted.release()
