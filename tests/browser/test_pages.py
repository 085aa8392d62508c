"""What a shifter does with a real browser, before a real server."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from happyface.acquire.run import cycle
from happyface.site.live import LiveSite

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FILES = {
    "config/site.cfg": "[happyface]\ntimezone = Europe/Berlin\n[template]\nweb_title = GridKa\n",
    "config/categories-enabled/all.cfg": "[storage]\nname = Storage\nmodules = pools, tape\n"
    "[batch]\nname = Batch System\nmodules = jobs\n",
    "config/modules-enabled/all.cfg": "[pools]\nmodule = pools\nname = Pools\nsource = pools.json\n"
    "description = The pools of the disk cache\ninstruction = Call the storage experts.\n"
    "[tape]\nmodule = pools\nname = Tape\nsource = tape.json\n"
    "[jobs]\nmodule = pools\nname = Jobs\nsource = jobs.json\n",
    "modules/pools.py": '''
"""Pools."""

from happyface import Below, Fetched, Module, Result, Share, Source, column


class Pools(Module):
    """Pools and how full they are."""

    class Config(Module.Config):
        source: Source

    class Data(Module.Data):
        free: Share = column("Free", limits=Below(warning=0.2, critical=0.1))

    class Pool(Module.Row, counts=False):
        name: str
        free: Share = column("Free", limits=Below(critical=0.05))

    def extract(self, source: Fetched) -> Result:
        free = source.json()["free"]
        pools = [self.Pool(name=f"pool{n:02}", free=(n * 7 % 60) / 60) for n in range(60)]
        return Result(self.Data(free=free), pools)
''',
}
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or whichever there is."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a served site with a day of runs; its storage became unhappy in the last but one hour."""
    root = tmp_path_factory.mktemp("site")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with ThreadPoolExecutor(1) as thread:  # the browser's driver has an event loop in this one
        thread.submit(_acquire, root).result()
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "happyface", "-C", str(root), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://\S+", line)
            assert found, line
            yield found[0].rstrip("/")
        finally:
            process.terminate()


def _acquire(root: Path) -> None:
    live = LiveSite(root)
    for hour in range(6):
        free = {"pools": 0.5 if hour < 4 else 0.04, "tape": 0.6, "jobs": 0.15 if hour == 2 else 0.7}
        for name, value in free.items():
            (root / f"{name}.json").write_text(f'{{"free": {value}}}')
        cycle(live.site, live.store, START + timedelta(hours=hour))
    live.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A wide window. What the page complains about in its console is a failure."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="en-US")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def test_three_clicks_from_the_overview_to_what_to_do(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 thing")
    page.get_by_role("link", name="Pools").first.click()
    expect(page).to_have_url(re.compile(r"/category/storage#pools$"))
    page.locator("#pools summary", has_text="About").click()
    expect(page.get_by_text("Call the storage experts.")).to_be_visible()


def test_the_time_machine_goes_back_and_forward_and_to_now(page: Page, address: str) -> None:
    page.goto(f"{address}/category/storage?date=2026-11-21&time=18:00&s=01:00")
    expect(page.get_by_text("You are looking at")).to_be_visible()
    expect(page.locator("#pools")).to_contain_text("4 %")
    page.get_by_role("link", name="1 h back").click()
    page.get_by_role("link", name="1 h back").click()
    expect(page).to_have_url(re.compile("time=16:00"))
    expect(page.locator("#pools")).to_contain_text("50 %")
    page.get_by_role("link", name="Batch System").first.click()
    expect(page).to_have_url(re.compile("category/batch.*time=16:00"))
    page.get_by_role("link", name="1 h forward").click()
    expect(page).to_have_url(re.compile("category/batch.*time=17:00"))
    page.get_by_role("link", name="Now", exact=True).click()
    expect(page.get_by_text("You are looking at")).to_have_count(0)


def test_date_and_time_are_typed_as_they_are_written(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Date", exact=True).fill("2026-11-21")
    page.get_by_label(re.compile("^Time in")).fill("15:00")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("You are looking at")).to_contain_text("15:00")
    expect(page.get_by_role("link", name="Batch System").first).to_be_visible()


def test_a_cell_of_the_strip_leads_to_its_moment(page: Page, address: str) -> None:
    page.goto(address)
    cells = page.locator(".strip[role=group] a")
    cells.first.click()
    expect(page.get_by_text("You are looking at")).to_contain_text("13:00")


def test_all_rows_come_on_demand_and_tables_sort(page: Page, address: str) -> None:
    page.goto(f"{address}/category/storage")
    table = page.locator("#pools table")
    assert table.locator("tbody tr").count() < 60
    page.locator("#pools").get_by_role("link", name=re.compile("60")).click()
    expect(table.locator("tbody tr")).to_have_count(60)
    table.get_by_role("button", name="Name").click()
    expect(table.locator("tbody tr").first).to_contain_text("pool00")
    table.get_by_role("button", name="Name").press("Enter")
    expect(table.locator("tbody tr").first).to_contain_text("pool59")


def test_the_keyboard_reaches_everything(page: Page, address: str) -> None:
    page.goto(address)
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        # what scrolls by itself may have neither text nor value
        reached.add(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.value || ''"))
    for wanted in ("Skip to the content", "Go", "Now", "Storage", "Batch System", "Pools"):
        assert any(wanted in each for each in reached), wanted


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/category/storage", "/category/storage?date=2026-11-21&time=15:00"])
def test_no_page_is_wider_than_its_window(browser: Browser, address: str, width: int, scheme: str, path: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_without_script_everything_is_still_there(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/category/storage?date=2026-11-21&time=18:00")
    page.get_by_label("Date", exact=True).fill("2026-11-21")
    page.get_by_label(re.compile("^Time in")).fill("15:30")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("You are looking at")).to_contain_text("15:30")
    page.locator("#pools summary").first.click()
    page.locator("#pools").get_by_role("link", name=re.compile("60")).click()
    expect(page.locator("tbody tr")).to_have_count(60)
    context.close()
