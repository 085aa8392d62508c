"""The server with sockets: how it starts and ends, and that bad visitors keep nobody from his page."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from visiting import write_site

from happyface.acquire.run import cycle
from happyface.site.live import LiveSite


class Served:
    """A site that is served by a process of its own; ``before`` is what a shell does first."""

    def __init__(self, root: Path, before: str = "") -> None:
        command = [sys.executable, "-m", "happyface", "-C", str(root), "serve", "--port", "0"]
        command = ["sh", "-c", f'{before}; exec "$@"', "sh", *command] if before else command
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline() if self.process.stdout else ""
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, line
        self.port = int(found[1])

    def end(self) -> None:
        """Ask it to end, and see to it."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def connect(self) -> socket.socket:
        """A connection that says nothing yet."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def get(self, address: str) -> tuple[int, bytes]:
        """The status and the body of an address, within some seconds."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET", address)
            answer = connection.getresponse()
            return answer.status, answer.read()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site with one run."""
    root = write_site(tmp_path_factory.mktemp("site"))
    live = LiveSite(root)
    cycle(live.site, live.store)
    live.close()
    found = Served(root)
    yield found
    found.end()


def test_pages_come_over_a_socket(served: Served) -> None:
    assert served.get("/")[0] == 200
    assert b"GridKa" in served.get("/category/first")[1]
    assert served.get("/nope")[0] == 404


def test_silent_visitors_keep_nobody_from_his_page(served: Served) -> None:
    with ExitStack() as open_ones:
        for _ in range(40):
            open_ones.enter_context(served.connect())
        assert served.get("/")[0] == 200


def test_visitors_who_stop_in_the_middle_keep_nobody_for_long(served: Served) -> None:
    with ExitStack() as open_ones:
        for _ in range(8):
            open_ones.enter_context(served.connect()).sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-")
        begun = time.monotonic()
        assert served.get("/")[0] == 200
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "request_",
    [b"nonsense\r\n\r\n", b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01"],
)
def test_what_is_no_request_is_refused_and_costs_others_nothing(served: Served, request_: bytes) -> None:
    with served.connect() as connection:
        connection.sendall(request_ + b"\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(1000)
    assert not answer or re.match(rb"HTTP/1\.[01] (4|5)", answer)
    assert b"Traceback" not in answer
    assert served.get("/")[0] == 200


def test_many_at_once_all_get_the_same_page(served: Served) -> None:
    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(served.get, ["/category/first"] * 72))
    assert {status for status, _ in answers} == {200}
    assert len({re.sub(rb'data-age="\d+"', b"", body) for _, body in answers}) <= 2  # a minute may pass meanwhile


def test_a_connection_serves_several_pages(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    for _ in range(3):
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
    connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_soon_also_with_visitors(tmp_path: Path, number: signal.Signals) -> None:
    served = Served(write_site(tmp_path))
    with served.connect():
        served.process.send_signal(number)
        assert served.process.wait(timeout=15) == 0
    if served.process.stdout:
        served.process.stdout.close()


def test_a_port_that_is_taken_is_told_in_a_sentence(served: Served, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "happyface", "-C", str(write_site(tmp_path)), "serve", "--port", str(served.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1, port {served.port}" in done.stderr
    assert "Traceback" not in done.stderr
