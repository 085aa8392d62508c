"""Plots of one run with a browser: from a card to the page, its form by keyboard, on a phone, without scripts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from serving import served

from happyface.acquire.run import cycle
from happyface.site.live import LiveSite

pytestmark = pytest.mark.browser

FILES = {
    "config/categories-enabled/all.cfg": "[storage]\nname = Storage\nmodules = pools\n",
    "config/modules-enabled/all.cfg": "[pools]\nmodule = pools\nname = Pools\ntype = unrated\n",
    "modules/pools.py": '''
from happyface import Bars, Below, Bytes, Module, Result, Share, column


class Pools(Module):
    """Pools and how full they are."""

    class Pool(Module.Row, key="name", charts=[Bars("used", "free", stacked=True), Bars("share")]):
        """Pools"""

        name: str
        used: Bytes
        free: Bytes
        share: Share = column("Free share", limits=Below(critical=0.05))

    def extract(self) -> Result:
        names = [f"f01-032-{number:03}" for number in range(30)]
        free = [1e12 * number for number in range(30)]
        rows = [self.Pool(name=n, used=30e12 - f, free=f, share=f / 30e12) for n, f in zip(names, free)]
        return Result(None, rows)
''',
}


def acquire(root: Path) -> None:
    live = LiveSite(root)
    cycle(live.site, live.store, datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    live.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("site"), FILES, acquire) as found:
        yield found


def test_a_chart_of_a_card_leads_to_its_page_where_another_one_is_drawn_with_the_keyboard(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/category/storage")
    chart = page.get_by_role("img", name="Used and free by name: 30 bars")
    expect(chart).to_be_visible()
    bars = chart.locator("rect")
    assert bars.count() == 60
    heights = bars.evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().height)")
    # Of each pool both are the whole: 30 TB.
    assert {round(used + free) for used, free in zip(heights[::2], heights[1::2], strict=True)} <= {120, 121}
    page.get_by_role("link", name="Used and free by name").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Used and free by name")
    kind = page.get_by_role("combobox", name="Chart")
    kind.focus()
    page.keyboard.type("histogram")
    page.get_by_role("checkbox", name="Used").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pools by free share")
    expect(page.get_by_role("img", name="critical ≤ 5 %")).to_be_visible()


def test_names_below_bars_are_read_whole_and_nothing_is_wider_than_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    for path in ("/category/storage", "/plot/custom/?instance=pools&table=pool"):
        page.goto(f"{address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        field = page.locator(".row-chart .field").first
        name = field.get_by_text("f01-032-029", exact=True)
        inside = "([text, field]) => text.getBoundingClientRect().bottom <= field.getBoundingClientRect().bottom + 1"
        assert page.evaluate(inside, [name.element_handle(), field.element_handle()])
    context.close()


def test_without_scripts_rows_are_chosen_and_drawn(scriptless: Page, address: str) -> None:
    scriptless.goto(f"{address}/plot/custom/")
    scriptless.locator("select[name=rows]").select_option("pools,pool")
    scriptless.get_by_role("button", name="Show").click()
    expect(scriptless.get_by_role("img", name="Used and free by name")).to_be_visible()
