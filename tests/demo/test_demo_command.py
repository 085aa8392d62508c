"""``happyface demo`` as a user calls it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from happyface.cli.demo import free_port
from happyface.model.access import ANONYMOUS
from happyface.model.views import Overview
from happyface.site import read_site
from happyface.store import Store

COMMAND = (sys.executable, "-m", "happyface", "demo", "--port", "0", "--dir")


@contextmanager
def running(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo that is ended by ^C, with everything that it started."""
    with subprocess.Popen([*COMMAND, directory], stdout=subprocess.PIPE, text=True, start_new_session=True) as demo:
        try:
            yield demo
            os.killpg(demo.pid, signal.SIGINT)
            assert demo.wait(30) == 0
            deadline = time.monotonic() + 5
            while children := members(demo.pid):
                assert time.monotonic() < deadline, children
                time.sleep(0.1)
        finally:
            if demo.poll() is None:
                os.killpg(demo.pid, signal.SIGKILL)


def members(group: int) -> list[str]:
    """What still runs in a process group."""
    listed = subprocess.run(["ps", "-e", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    lines = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [args for pgid, state, args in lines if int(pgid) == group and not state.startswith("Z")]


def address(demo: subprocess.Popen[str]) -> str:
    assert demo.stdout
    line = demo.stdout.readline()
    found = re.fullmatch(r"HappyFace is at (http://\S+) \(\^C ends it\)\n", line)
    assert found, line
    return found[1]


def until_machine_is_shown(root: Path, after: int = 0) -> Overview:
    """Wait for a run of the real machine: the past is complete then."""
    site = read_site(root)
    deadline = time.monotonic() + 120
    with Store(site.database_url, site.archive, site.outline) as store:
        while time.monotonic() < deadline:
            page = store.overview(ANONYMOUS, None, datetime.now(UTC))
            if page and page.moment.newest.id > after and "this_machine" in page.outline.instance:
                return page
            time.sleep(0.2)
    raise AssertionError("no run of this machine")


def test_it_is_there_at_once_and_goes_on_at_the_second_start(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    with running(root) as demo:
        with urllib.request.urlopen(address(demo)) as answer:
            page = answer.read().decode()
        first = until_machine_is_shown(root)
        other = subprocess.run([*COMMAND, root], capture_output=True, text=True, timeout=30)
    assert "GridKa (demo)" in page
    assert "dCache" in page
    assert first.moment.newest.id in (2881, 2882)  # the past, and the first runs of the real machine
    assert (other.returncode, "Another demo runs in" in other.stderr) == (1, True)
    with running(root) as demo:
        address(demo)
        second = until_machine_is_shown(root, first.moment.newest.id)
    assert second.moment.newest.time > first.moment.newest.time
    assert {view.outline.name for view in second.trouble} >= {"pools_disk", "sam_tests", "site_readiness"}


def test_a_port_that_is_taken_gives_way_to_the_next() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port("127.0.0.1", port) < port + 100
    assert free_port("127.0.0.1", 0) == 0
