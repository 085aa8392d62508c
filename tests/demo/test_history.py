"""The past is complete, and a live run continues it."""

import os
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from demo_world import NOON

from happyface.acquire.run import cycle
from happyface.demo import history
from happyface.demo.server import Server
from happyface.demo.site import DemoSite, in_use, open_demo, simulated_part
from happyface.errors import BusyError, HappyFaceError
from happyface.model.access import ANONYMOUS
from happyface.site import Site, read_site
from happyface.store import Store

DAY = 96
"""Runs of a day."""


def filled(site: Site, store: Store, demo: DemoSite, times: range, stop: threading.Event | None = None) -> list[int]:
    progress: list[int] = []
    past = simulated_part(site, demo.address)
    history.fill(
        past, store, demo.world, demo.address, times, lambda done, _: progress.append(done), stop or threading.Event()
    )
    return progress


def rows(site: Site, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(site.database_url.removeprefix("sqlite:///")) as connection:
        return connection.execute(query).fetchall()


def opened(demo: DemoSite) -> tuple[Site, Store]:
    site = read_site(demo.root)
    return site, Store(site.database_url, site.archive, site.outline)


def test_a_day_is_complete_and_continued(demo: DemoSite, simulated: Server) -> None:
    site, store = opened(demo)
    times = history.missing_times(NOON, None, 1)
    with store:
        progress = filled(site, store, demo, times)
        cycle(site, store, datetime.fromtimestamp(NOON, UTC))
        page = store.overview(ANONYMOUS, None, datetime.fromtimestamp(NOON, UTC))
    assert progress == [48, 96]
    assert list(times) == list(range(NOON - DAY * 900, NOON, 900))
    assert [time for (time,) in rows(site, "SELECT time FROM runs ORDER BY id")] == [*times, NOON]
    assert rows(site, "SELECT count(*) FROM results WHERE run_id = 1") == [(29,)]
    assert rows(site, "SELECT count(*) FROM results WHERE status IS NULL") == [(0,)]
    assert rows(site, "SELECT count(*) FROM category_results WHERE run_id = 1") == [(8,)]
    assert page is not None
    assert {view.outline.name for view in page.trouble} >= {"pools_disk", "sam_tests", "site_readiness"}


def test_nothing_is_left_beside_the_archive(demo: DemoSite) -> None:
    site, store = opened(demo)
    with store:
        filled(site, store, demo, history.missing_times(NOON, None, 0.25))
    kept = {path.name for path in site.archive.rglob("*") if path.is_file()}
    assert kept == {digest for (digest,) in rows(site, "SELECT digest FROM archive")}
    assert not list(Path("/dev/shm").glob(f"happyface-demo-{os.getpid()}-*"))


def test_a_stopped_history_goes_on_at_the_next_start(demo: DemoSite) -> None:
    site, store = opened(demo)
    stop = threading.Event()
    stop.set()
    with store:
        assert filled(site, store, demo, history.missing_times(NOON, None, 1), stop) == [48]
        newest = store.moment(ANONYMOUS, None, datetime.fromtimestamp(NOON, UTC))
        assert newest is not None
        missing = history.missing_times(NOON, newest.newest.time.timestamp(), 1)
        assert len(missing) == 48
        filled(site, store, demo, missing)
    assert rows(site, "SELECT count(*), max(time) - min(time) FROM runs") == [(DAY, 95 * 900)]


@pytest.mark.parametrize(
    ("newest", "first", "count"),
    [
        (None, NOON - 30 * 86400, 2880),
        (NOON - 60, NOON, 0),
        (NOON - 600, NOON, 0),
        (NOON - 1000, NOON, 0),
        (NOON - 1800, NOON - 900, 1),
        (NOON - 90 * 86400, NOON - 30 * 86400, 2880),
    ],
)
def test_what_is_missing_is_between_the_newest_run_and_now(newest: int | None, first: int, count: int) -> None:
    times = history.missing_times(NOON, newest)
    assert len(times) == count
    assert not times or times[0] == first


@pytest.mark.parametrize("seconds", [0, 0.001, 0.999, 1, 449, 899.999])
def test_the_past_has_thirty_days_whenever_the_demo_starts(seconds: float) -> None:
    assert len(history.missing_times(NOON + seconds, None)) == 30 * DAY


def test_a_second_start_finds_the_first_ones_world(demo: DemoSite) -> None:
    again = open_demo(demo.root)
    assert again == demo
    assert again.started(NOON + 3600, NOON + 3000) == demo
    later = again.started(NOON + 100_000, NOON + 3000)
    assert [start.time for start in later.starts] == [NOON, NOON + 100_000]
    assert later.starts[-1].since == NOON + 3000


def test_a_new_port_is_written_into_the_configuration(demo: DemoSite) -> None:
    demo.save(41_000)
    assert (
        read_site(demo.root).instances["nagios"].sources["source"].target.startswith("http://127.0.0.1:41000/nagios/")
    )


def test_the_users_own_instance_has_no_past(demo: DemoSite) -> None:
    own = demo.root / "config/modules-enabled/own.cfg"
    own.write_text("[own]\nmodule = http_probe\nurl = http://127.0.0.1:1/\n", encoding="utf-8")
    category = "[own]\nmodules = own\n"
    (demo.root / "config/categories-enabled/own.cfg").write_text(category, encoding="utf-8")
    text = (demo.root / "config/happyface.cfg").read_text(encoding="utf-8").replace("information", "information, own")
    (demo.root / "config/happyface.cfg").write_text(text, encoding="utf-8")
    site = read_site(demo.root)
    assert site.instances.keys() - simulated_part(site, demo.address).instances.keys() == {
        "own",
        "this_machine",
        "plots_of_the_day",
    }


def test_what_is_no_demo_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    with pytest.raises(HappyFaceError, match="is no demo; name another directory with --dir"):
        open_demo(tmp_path / "mine")
    (tmp_path / "mine" / "file").rename(tmp_path / "mine" / "demo.json")
    with pytest.raises(HappyFaceError, match="cannot be read any more"):
        open_demo(tmp_path / "mine")


def test_two_demos_do_not_share_a_directory(demo: DemoSite) -> None:
    with in_use(demo.root), pytest.raises(BusyError, match="Another demo runs in"), in_use(demo.root):
        pass
