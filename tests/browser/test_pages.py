"""What a shifter does with a real browser, before a real server."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from serving import renewing, served

from happyface.acquire.run import cycle
from happyface.site.live import LiveSite

pytestmark = pytest.mark.browser

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
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a served site with a day of runs; its storage became unhappy in the last but one hour."""
    with served(tmp_path_factory.mktemp("site"), FILES, _acquire) as found:
        yield found


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same of a site whose pages renew themselves each second."""
    with served(tmp_path_factory.mktemp("quick"), renewing(FILES), _acquire) as found:
        yield found


def _acquire(root: Path) -> None:
    live = LiveSite(root)
    for hour in range(6):
        free = {"pools": 0.5 if hour < 4 else 0.04, "tape": 0.6, "jobs": 0.15 if hour == 2 else 0.7}
        for name, value in free.items():
            (root / f"{name}.json").write_text(f'{{"free": {value}}}')
        cycle(live.site, live.store, START + timedelta(hours=hour))
    live.close()


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


def test_a_click_anywhere_on_a_strip_leads_to_that_moment(page: Page, address: str) -> None:
    page.goto(address)
    strip = page.get_by_role("img", name="Batch System, the last 24 hours").or_(
        page.get_by_role("group", name="Batch System, the last 24 hours")
    )
    box = strip.bounding_box()
    assert box
    strip.click(position={"x": box["width"] * 0.999, "y": 11})
    expect(page).to_have_url(re.compile(r"/category/batch\?at=\d+$"))
    expect(page.get_by_text("You are looking at")).to_contain_text("2026-11-21 18:5")


def test_trouble_in_a_strip_is_told_and_reached_with_the_keyboard(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("a.category", has_text="Storage").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".strip-note")).to_contain_text("Storage, 17:00 CET: unhappy")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".strip-note")).to_contain_text("Batch System, 15:00–16:00 CET: neutral")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/category/batch\?date=2026-11-21&time=15:00$"))
    expect(page.locator("#jobs")).to_contain_text("15 %")


def test_what_is_folded_is_fetched_when_it_is_unfolded(page: Page, address: str) -> None:
    page.goto(f"{address}/category/storage")
    tape = page.locator("#tape")
    expect(tape.get_by_role("table")).to_have_count(0)
    tape.locator("summary").first.click()
    expect(tape).to_contain_text("60 %")
    tape.get_by_role("button", name="Name").click()
    expect(tape.locator("tbody tr").first).to_contain_text("pool")
    tape.locator("summary", has_text="About").click()
    expect(tape.get_by_text("Pools and how full they are.")).to_be_visible()


def test_an_address_with_the_name_of_a_module_unfolds_it(page: Page, address: str) -> None:
    page.goto(f"{address}/category/storage#tape")
    expect(page.locator("#tape")).to_contain_text("60 %")
    expect(page.locator("#tape table")).to_be_visible()


def test_a_page_that_renews_itself_keeps_what_is_unfolded_and_sorted(page: Page, quick: str) -> None:
    page.goto(f"{quick}/category/storage#tape")
    tape = page.locator("#tape")
    expect(tape.get_by_role("table")).to_be_visible()
    tape.get_by_role("link", name=re.compile("all 60")).click()
    expect(tape.locator("tbody tr")).to_have_count(60)
    tape.get_by_role("button", name="Name").click()
    page.evaluate("document.getElementById('hf-page').dataset.old = 'yes'")
    expect(page.locator("#hf-page[data-old]")).to_have_count(0)
    expect(tape.locator("details.fold")).to_have_attribute("open", "")
    expect(tape.locator("tbody tr")).to_have_count(60)
    expect(tape.locator("tbody tr").first).to_contain_text("pool00")
    expect(page.locator(".notice.lost")).to_be_hidden()


def test_a_page_that_is_still_the_same_is_not_sent_again_when_it_renews_itself(page: Page, quick: str) -> None:
    page.goto(f"{quick}/category/storage")
    page.wait_for_timeout(4000)
    sent = page.evaluate(
        """performance.getEntriesByType("resource").filter((entry) => entry.name === location.href)
            .map((entry) => entry.transferSize < entry.encodedBodySize)"""
    )
    assert len(sent) >= 2
    assert any(sent)


def test_all_rows_come_on_demand_and_tables_sort(page: Page, address: str) -> None:
    page.goto(f"{address}/category/storage")
    table = page.locator("#pools table")
    assert table.locator("tbody tr").count() < 60
    page.locator("#pools").get_by_role("link", name=re.compile("all 60")).click()
    expect(table.locator("tbody tr")).to_have_count(60)
    table.get_by_role("button", name="Name").click()
    expect(table.locator("tbody tr").first).to_contain_text("pool00")
    table.get_by_role("button", name="Name").press("Enter")
    expect(table.locator("tbody tr").first).to_contain_text("pool59")


def test_the_keyboard_reaches_everything(page: Page, address: str) -> None:
    page.goto(address)
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        # what scrolls by itself may have neither text nor value
        reached.append(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.value || ''"))
    for wanted in ("Skip to the content", "Go", "Now", "Storage", "Batch System", "Pools"):
        assert any(wanted in text for text in reached), wanted


def test_a_folded_module_is_unfolded_with_the_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/category/storage")
    page.locator("#tape summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tape table")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.about') !== null"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#tape").get_by_text("Pools and how full they are.")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/category/storage", "/category/storage?date=2026-11-21&time=15:00"])
def test_no_page_is_wider_than_its_window(browser: Browser, address: str, width: int, scheme: str, path: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_without_script_everything_is_still_there(scriptless: Page, address: str) -> None:
    page = scriptless
    page.goto(f"{address}/category/storage?date=2026-11-21&time=18:00")
    page.get_by_label("Date", exact=True).fill("2026-11-21")
    page.get_by_label(re.compile("^Time in")).fill("15:30")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("You are looking at")).to_contain_text("15:30")
    page.locator("#pools summary").first.click()
    page.locator("#pools").get_by_role("link", name="Show Pools").click()
    expect(page.locator("#pools")).to_contain_text("50 %")
    page.locator("#pools").get_by_role("link", name=re.compile("all 60")).click()
    expect(page.locator("tbody tr")).to_have_count(60)
    page.get_by_role("link", name="Back to the category").click()
    expect(page).to_have_url(re.compile(r"/category/storage\?date=2026-11-21&time=15:30#pools$"))


def test_without_script_trouble_in_a_strip_is_a_link(scriptless: Page, address: str) -> None:
    scriptless.goto(address)
    link = scriptless.get_by_role("group", name="Storage, the last 24 hours").get_by_role("link")
    expect(link).to_have_count(1)
    link.focus()
    scriptless.keyboard.press("Enter")
    expect(scriptless.get_by_text("You are looking at")).to_contain_text("2026-11-21 17:00")
