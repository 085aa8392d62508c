"""Pages: how many statements one costs, how large it is, and how long it takes against a trivial page."""

import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import event

from benchmarks import large_site
from benchmarks.figures import Figure
from benchmarks.site_server import Visitor, against_trivial, in_turn, site_server
from happyface.model.access import ANONYMOUS
from happyface.store import Store
from happyface.web.pages.rendering import is_unfolded

REPEATS = 60
CATEGORY = "category07"
HUGE, HUGE_CATEGORIES = 3500, 450


def run() -> Iterator[Figure]:
    """A year's pages, and a week's beside them; then the overview of a huge site."""
    with tempfile.TemporaryDirectory() as temporary:
        year = _site(Path(temporary) / "year", timedelta(days=365))
        week = _site(Path(temporary) / "week", timedelta(days=7))
        yield from _statements(year)
        with site_server(year) as of_year, site_server(week) as of_week:
            yield from _times(of_year.visitor(), of_week.visitor())
    with tempfile.TemporaryDirectory() as temporary:
        huge = large_site.make_site(Path(temporary) / "huge", HUGE, HUGE_CATEGORIES)
        large_site.fill(huge, timedelta(days=2))
        with site_server(huge.root) as server:
            yield from _overview(server.visitor(), HUGE, HUGE_CATEGORIES, times=80, kilobytes=1000, elements=10_000)


def _site(root: Path, length: timedelta) -> Path:
    site = large_site.make_site(root)
    large_site.fill(site, length)
    return root


def _statements(root: Path) -> Iterator[Figure]:
    site = large_site.read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        statements: list[str] = []
        event.listen(store.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        now, tables = datetime.now(UTC), 6  # four classes, two of them with a table of rows
        # A process reads an outline, and how the modules' tables look, once: its first page costs two more.
        store.category(ANONYMOUS, CATEGORY, None, now)
        statements.clear()
        store.category(ANONYMOUS, CATEGORY, None, now)
        yield Figure("category page, statements beside those of its tables", len(statements) - tables, "statements", 6)
        statements.clear()
        store.category(ANONYMOUS, CATEGORY, None, now, is_unfolded)
        yield Figure("the same with what is well folded, all statements", len(statements), "statements", 12)
        statements.clear()
        store.overview(ANONYMOUS, None, now)
        yield Figure("overview, statements", len(statements), "statements", 9)


def _times(of_year: Visitor, of_week: Visitor) -> Iterator[Figure]:
    half = (large_site.END - timedelta(days=182)).strftime("?date=%Y-%m-%d&time=%H:%M")
    pages = {"category page": f"/category/{CATEGORY}", "category page half a year ago": f"/category/{CATEGORY}{half}"}
    for name, address in pages.items():
        ratio, absolute = against_trivial(of_year, address, REPEATS)
        yield Figure(name, ratio, "× a trivial page", 12, absolute)
    for name, address in (("category page", f"/category/{CATEGORY}"), ("overview", "/")):
        ratio, absolute = against_trivial(of_year, address, REPEATS, fresh=False)
        yield Figure(f"{name} that was asked for before", ratio, "× a trivial page", 2, absolute)
    yield from _overview(of_year, large_site.INSTANCES, 50, times=20, kilobytes=200, elements=10_000)
    for name, address in (("category page", f"/category/{CATEGORY}"), ("overview", "/")):
        year, week = in_turn(of_year, address, of_week, address, REPEATS)
        absolute = f"{median(year) * 1e3:.1f} ms against {median(week) * 1e3:.1f} ms"
        yield Figure(f"{name} of a year", median(year) / median(week), "× a week's", 1.3, absolute)


def _overview(
    visitor: Visitor, instances: int, categories: int, times: float, kilobytes: float, elements: float
) -> Iterator[Figure]:
    name = f"overview of {instances} instances in {categories} categories"
    ratio, absolute = against_trivial(visitor, "/", REPEATS)
    yield Figure(name, ratio, "× a trivial page", times, absolute)
    html = visitor.get("/").decode()
    yield Figure(f"{name}, size", len(html.encode()) / 1000, "kB", kilobytes)
    yield Figure(f"{name}, elements", len(re.findall(r"<[a-zA-Z]", html)), "elements", elements)
