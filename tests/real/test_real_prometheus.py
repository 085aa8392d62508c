"""A real Prometheus with its node exporter: from ``init`` to the page, now and five minutes ago."""

import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from happyface.acquire.run import cycle
from happyface.cli.init import make_site
from happyface.model.access import ANONYMOUS
from happyface.model.views import CategoryPage
from happyface.site.live import LiveSite
from happyface.web.pages.links import Links
from happyface.web.pages.rendering import Pages
from happyface.web.pages.show import Show
from happyface.web.pages.times import Clock
from ports import free_port

pytestmark = pytest.mark.real

CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: node
    static_configs: [{{targets: ['127.0.0.1:{node}']}}]
  - job_name: gone
    static_configs: [{{targets: ['127.0.0.1:{gone}']}}]
"""
INSTANCE = """
[node]
module = prometheus
name = Node exporter
url = http://127.0.0.1:{port}
query.time = node_time_seconds
label.time = Its clock
query.up = up
limit.up = critical < 1
query.nothing = no_such_metric
"""


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[int]:
    """The port of a Prometheus that has scraped a node exporter."""
    for program in ("prometheus", "prometheus-node-exporter"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    node, port, gone = free_port(), free_port(), free_port()
    (tmp_path / "prometheus.yml").write_text(CONFIG.format(node=node, gone=gone))
    commands = (
        ["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{node}"],
        [
            "prometheus",
            f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
    )
    with ExitStack() as running:
        for command in commands:
            process = running.enter_context(
                subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            running.callback(process.terminate)
        _wait_until_scraped(port)
        yield port


def _wait_until_scraped(port: int) -> None:
    address = f"http://127.0.0.1:{port}/api/v1/query?query=node_time_seconds"
    for _ in range(120):
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if b'"value"' in answer.read():
                    return
        except OSError:
            pass
        time.sleep(0.25)
    pytest.fail("Prometheus did not scrape its node exporter within 30 s")


def test_a_real_prometheus_now_and_five_minutes_ago(tmp_path: Path, prometheus: int) -> None:
    root = tmp_path / "site"
    make_site(root)
    (root / "config/modules-enabled/node.cfg").write_text(INSTANCE.format(port=prometheus))
    category = root / "config/categories-enabled/infrastructure.cfg"
    category.write_text(category.read_text().replace("modules = this_machine", "modules = this_machine, node"))
    live = LiveSite(root)
    now = datetime.now(UTC).replace(microsecond=0)
    clocks = []
    for age in (10, 5, 0):
        cycle(live.site, live.store, now - timedelta(minutes=age))
        clocks.append(_clock(_page(live, None, now)))
        time.sleep(2.1)
    assert clocks[0] < clocks[1] < clocks[2]
    then = now - timedelta(minutes=5)
    assert _clock(_page(live, then, now)) == clocks[1]
    assert _clock(_page(live, None, now)) == clocks[2]
    assert abs(clocks[2] - now.timestamp()) < 60
    view = _node(_page(live, None, now))
    assert view.status == 0.0
    assert "Up instance" in view.sentence
    assert "gone" in Pages().category(
        _page(live, None, now), Show(Links("", live.site.zone), Clock(live.site.zone, now, now))
    )
    live.close()


def _page(live: LiveSite, asked: datetime | None, now: datetime) -> CategoryPage:
    found = live.store.category(ANONYMOUS, "infrastructure", asked, now)
    assert found is not None
    return found


def _node(page: CategoryPage):  # type: ignore[no-untyped-def]
    return next(instance for instance in page.instances if instance.outline.name == "node")


def _clock(page: CategoryPage) -> float:
    """What the node exporter's clock said, as stored."""
    rows = [row for table in _node(page).rows for row in table.rows]
    values = [cell.value for row in rows for cell in row if isinstance(cell.value, float) and cell.value > 1e9]
    assert len(values) == 1, re.sub(r"\s+", " ", str(rows))[:500]
    return float(values[0])
