"""What else moved with a real browser: a span is marked on a plot, and the pool that filled up first is found."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from serving import served

from happyface.acquire.run import cycle
from happyface.site.live import LiveSite

pytestmark = pytest.mark.browser

FILES = {
    "config/site.cfg": "[happyface]\ntimezone = Europe/Berlin\n",
    "config/categories-enabled/all.cfg": "[storage]\nname = Storage\nmodules = pools, transfers\n",
    "config/modules-enabled/all.cfg": "[pools]\nmodule = pools\nname = Pools\nsource = pools.json\n"
    "[transfers]\nmodule = transfers\nname = Transfers\nsource = transfers.json\n",
    "modules/pools.py": '''
from happyface import Fetched, Module, Result, Share, Source, column


class Pools(Module):
    """Pools and how full they are."""

    class Config(Module.Config):
        source: Source

    class Data(Module.Data):
        number: int = column("Pools")

    class Pool(Module.Row, key="name"):
        name: str
        free: Share = column("Free space")

    def extract(self, source: Fetched) -> Result:
        pools = source.json()
        return Result(self.Data(number=len(pools)), [self.Pool(name=name, free=free) for name, free in pools.items()])
''',
    "modules/transfers.py": '''
from happyface import Above, Fetched, Module, Result, Source, column


class Transfers(Module):
    """Transfers that failed."""

    class Config(Module.Config):
        source: Source

    class Data(Module.Data):
        failed: int = column("Failed transfers", limits=Above(critical=100))

    def extract(self, source: Fetched) -> Result:
        return Result(self.Data(failed=source.json()))
''',
}
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FULL_FROM = {"f01": 18, "f02": 16, "f03": 99}
"""In which hour each pool is full."""
FAILING_FROM = 17
HOURS = 20


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a served site with hourly runs: a pool fills up, then transfers fail, then another pool does."""
    with served(tmp_path_factory.mktemp("moved"), FILES, _acquire) as found:
        yield found


def _acquire(root: Path) -> None:
    live = LiveSite(root)
    for hour in range(HOURS):
        free = {name: 0.02 if hour >= full else 0.45 for name, full in FULL_FROM.items()}
        (root / "pools.json").write_text(json.dumps(free))
        (root / "transfers.json").write_text(json.dumps(500 if hour >= FAILING_FROM else 3))
        cycle(live.site, live.store, START + timedelta(hours=hour))
    live.close()


def test_a_span_that_is_marked_on_a_plot_leads_to_the_pool_that_filled_up_first(page: Page, address: str) -> None:
    span = "start_date=2026-11-21&start_time=13:00&end_date=2026-11-22&end_time=08:59"
    page.goto(f"{address}/plot/time/?curve_1=transfers,,$failed,&{span}")
    expect(page.locator(".chart:not([aria-busy]) canvas")).to_have_count(1)
    box = page.locator(".chart .u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.79 * box["width"], box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.999 * box["width"], box["y"] + 80, steps=4)
    page.mouse.up()
    expect(page).not_to_have_url(re.compile("start_time=13:00"))
    page.get_by_role("link", name="What else moved?").click()
    numbers = page.locator(".moved li")
    expect(numbers).to_have_count(3)
    assert numbers.locator("h2 a").all_text_contents() == [
        "Pools: Free space, f02",
        "Transfers: Failed transfers",
        "Pools: Free space, f01",
    ]
    first = numbers.first
    expect(first).to_contain_text("Free space of pool f02: 2 % all the time, always 45 % before; changed at 05:00.")
    expect(numbers.nth(1).locator("h2")).to_contain_text("of the plot itself")
    assert page.locator(".small .curve").count() == 3
    first.get_by_role("link", name="Pools: Free space, f02").click()
    expect(page.locator(".chart:not([aria-busy]) canvas")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pools: Free space, f02")


def test_without_scripts_the_page_takes_another_span(scriptless: Page, address: str) -> None:
    scriptless.goto(f"{address}/plot/moved/?near=pools&start_date=2026-11-22&start_time=05:00&end_date=2026-11-22")
    scriptless.get_by_label("Start, time").fill("06:00")
    scriptless.get_by_label("End, time").fill("08:59")
    scriptless.get_by_role("button", name="Go").click()
    expect(scriptless).to_have_url(re.compile(r"start_time=06%3A00.*&near=pools"))
    expect(scriptless.locator(".state")).to_contain_text("2026-11-22 06:00 CET to 2026-11-22 08:59 CET")
    expect(scriptless.locator(".moved li").first).to_contain_text("Failed transfers of Transfers: 500 all the time")


def test_it_fits_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/plot/moved/?start_date=2026-11-22&start_time=05:00&end_date=2026-11-22&end_time=08:59")
    expect(page.locator(".moved li")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
