"""Many readers at once: how many pages a server makes, and how much memory it holds in the end."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from benchmarks import large_site
from benchmarks.figures import Figure, paired
from benchmarks.site_server import TRIVIAL, RunningServer, Visitor, never_asked, site_server

READERS, PAGES_EACH, ROUNDS = 8, 12, 7
CROWD, CROWD_SECONDS = 16, 60.0
MANY = 10_000
CATEGORIES = [f"/category/category{number:02}" for number in range(large_site.INSTANCES // large_site.IN_CATEGORY)]


def run() -> Iterator[Figure]:
    """A site of 500 instances with a week of history."""
    with tempfile.TemporaryDirectory() as temporary:
        site = large_site.make_site(Path(temporary) / "site")
        large_site.fill(site, timedelta(days=7))
        with site_server(site.root) as server:
            yield _at_once(server)
        with site_server(site.root) as server:
            yield from _memory(server)


def _at_once(server: RunningServer) -> Figure:
    """Eight readers who ask for pages that nobody has asked for, against the same asking for the trivial page."""
    visitors = [server.visitor() for _ in range(READERS)]

    def of_category(visitor: Visitor, number: int) -> None:
        visitor.get(never_asked(CATEGORIES[number % len(CATEGORIES)]))

    def trivial(visitor: Visitor, _: int) -> None:
        visitor.get(TRIVIAL)

    _seconds(visitors, of_category)
    pairs = [(_seconds(visitors, of_category), _seconds(visitors, trivial)) for _ in range(ROUNDS)]
    ours, theirs = zip(*pairs, strict=True)
    pages = READERS * PAGES_EACH
    absolute = f"{pages / min(ours):.0f} against {pages / min(theirs):.0f} a second"
    name = f"category pages, {READERS} readers at once"
    return Figure(name, paired(list(ours), list(theirs)), "× a trivial page", 12, absolute)


def _seconds(visitors: list[Visitor], ask: Callable[[Visitor, int], None]) -> float:
    """How long it takes until each visitor has all his pages."""

    def ask_all(place: int) -> None:
        for number in range(PAGES_EACH):
            ask(visitors[place], place * PAGES_EACH + number)

    with ThreadPoolExecutor(len(visitors)) as threads:
        begun = time.perf_counter()
        list(threads.map(ask_all, range(len(visitors))))
        return time.perf_counter() - begun


def _memory(server: RunningServer) -> Iterator[Figure]:
    addresses = ["/", *CATEGORIES]
    _crowd(server, addresses, CROWD_SECONDS)
    after = server.megabytes()
    yield Figure(f"memory after a minute of {CROWD} readers", after, "MB", 200)
    visitor = server.visitor()
    for number in range(MANY):
        # Every tenth page is one that nobody has asked for: those that are kept must give way to new ones.
        address = addresses[number % len(addresses)]
        visitor.get(address if number % 10 else never_asked(address))
    growth = server.megabytes() / after
    yield Figure(f"memory after {MANY} more requests", growth, "× before", 1.1, f"{server.megabytes():.0f} MB")


def _crowd(server: RunningServer, addresses: list[str], seconds: float) -> None:
    """Readers who leaf through all pages, each for himself, and half of the time see what nobody has asked for."""
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=_leaf, args=(server.visitor(), addresses, until)) for _ in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _leaf(visitor: Visitor, addresses: list[str], until: float) -> None:
    while time.monotonic() < until:
        for number, address in enumerate(addresses):
            visitor.get(never_asked(address) if number % 2 else address)
