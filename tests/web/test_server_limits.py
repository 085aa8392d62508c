"""What visitors may ask of the server over sockets: each has his share, and what is no request is refused."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from test_server import Served
from visiting import write_site

from happyface.acquire.run import cycle
from happyface.site.live import LiveSite

LARGE = 30_000_000


def make_root(root: Path) -> Path:
    """A site with a run, and with a file that no socket takes at once."""
    write_site(root)
    (root / "static").mkdir()
    (root / "static/large.bin").write_bytes(bytes(LARGE))
    live = LiveSite(root)
    cycle(live.site, live.store)
    live.close()
    return root


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    found = Served(make_root(tmp_path_factory.mktemp("site")))
    yield found
    found.end()


def ask(served: Served, request: bytes) -> bytes:
    """All that the server answers to some bytes, until it closes the connection."""
    with served.connect() as connection:
        connection.sendall(request)
        answer = b""
        try:
            while part := connection.recv(65_536):
                answer += part
        except ConnectionResetError:
            pass
        return answer


def is_ended(connection: socket.socket, part: bytes, times: int, pause: float = 0) -> bool:
    """Whether the server ends a connection on which a part of a request is sent again and again."""
    for _ in range(times):
        try:
            connection.sendall(part)
        except OSError:
            return True
        time.sleep(pause)
    return False


GET, END = b"GET / HTTP/1.1\r\n", b"\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        GET + b"\r\n",
        GET + b"Host: x\r\nHost: x" + END,
        GET + b"Host: x\r\nHost: y" + END,
        GET + b"Host: a b" + END,
        GET + b"Host: x/y" + END,
        GET + b"Host : x" + END,
        GET + b"Host: x\r\nX Y: z" + END,
        GET + b"Host: x\r\n folded" + END,
        GET + b"Host: x\r\nNo colon" + END,
        GET + b"Host: x\r\n: y" + END,
        GET + b"Host: x\r\nX: a\x00b" + END,
        GET + b"Host: x\r\nX: a\rb" + END,
        GET + b"Host: x\nX: y" + END,
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"GET  / HTTP/1.1\r\nHost: x" + END,
        b"GET / HTTP/1.1 \r\nHost: x" + END,
        b"GET / HTTP/1.x\r\nHost: x" + END,
        b"GET /\r\nHost: x" + END,
        b"get / HTTP/1.1\r\nHost: x" + END,
        b"G(T / HTTP/1.1\r\nHost: x" + END,
        b"GET nowhere HTTP/1.1\r\nHost: x" + END,
        b"GET /#part HTTP/1.1\r\nHost: x" + END,
        b"GET /\xff HTTP/1.1\r\nHost: x" + END,
        b"GET http://[::1/ HTTP/1.1\r\nHost: x" + END,
        b"GET http:///x HTTP/1.1\r\nHost: x" + END,
        b"\r\n\r\n",
        b"\r\n\n",
        b"\r\n\r\n\r\n",
        *(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + END
            for length in (b"-1", b"+5", b"1_0", b"5, 5", b"x", b"", b"0x5", b"5\r\nContent-Length: 5", b"9" * 30)
        ),
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked" + END,
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked" + END,
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked" + END,
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked" + END,
        b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked" + END,
        GET + b"Host: x\r\nX: " + b"y" * 40_000 + END,
        GET + b"Host: x\r\n" + b"X: y\r\n" * 8_000 + END,
        b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: x" + END,
    ],
    ids=lambda request: repr(request[:60]),
)
def test_what_two_readers_may_understand_in_two_ways_is_refused(served: Served, request_: bytes) -> None:
    answer = ask(served, request_)
    assert re.match(rb"HTTP/1\.1 400 ", answer), answer[:200]
    assert b"Connection: close" in answer
    assert b"Traceback" not in answer
    assert b".py" not in answer


@pytest.mark.parametrize(
    "request_",
    [
        GET + b"Host: x" + END,
        b"GET / HTTP/1.0\r\n\r\n",
        b"\r\nGET / HTTP/1.1\r\nHost: x" + END,
        b"GET http://other.example.org/ HTTP/1.1\r\nHost: x" + END,
        b"GET http://other.example.org HTTP/1.1\r\nHost: x" + END,
        GET + b"hOST:x\r\nX:\r\nY: \t a \tb \t\r\nCookie: \xff" + END,
        GET + b"Host: [::1]:80\r\nContent-Length: 0" + END,
        GET + b"Host: x\r\nContent-Length: 3" + END + b"abc",
        GET + b"Host: x\r\nExpect: 100-continue\r\nContent-Length: 3" + END,
    ],
    ids=lambda request: repr(request[:60]),
)
def test_what_is_right_is_answered(served: Served, request_: bytes) -> None:
    assert ask(served, request_).startswith(b"HTTP/1.1 200 ")


def test_a_body_is_refused_without_being_waited_for(served: Served) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\n"
    assert ask(served, head + b"Content-Length: 500\r\n\r\n").startswith(b"HTTP/1.1 405 ")
    assert ask(served, head + b"Transfer-Encoding: chunked\r\n\r\n").startswith(b"HTTP/1.1 405 ")
    assert ask(served, head + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n").startswith(b"HTTP/1.1 405 ")
    assert ask(served, head + b"Content-Length: 99999999\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_what_follows_a_refused_body_is_no_request(served: Served) -> None:
    hidden = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(hidden)
    assert ask(served, head + hidden).count(b"HTTP/1.1 ") == 1


def test_two_requests_at_once_are_answered_in_turn_and_a_half_one_is_not_waited_for(served: Served) -> None:
    two = GET + b"Host: x\r\n\r\n" + b"GET /healthz HTTP/1.1\r\nHost: x" + END
    assert ask(served, two).count(b"HTTP/1.1 200 ") == 2
    assert ask(served, GET + b"Host: x\r\n\r\nGET / HT").count(b"HTTP/1.1 200 ") == 1


def test_another_name_of_a_header_is_not_taken_for_it(served: Served) -> None:
    answer = ask(served, b"GET /?action=getxml HTTP/1.1\r\nHost: right\r\nX_Forwarded-Host: wrong" + END)
    assert b"<link>http://right/" in answer


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-", b"\x16\x03\x01"])
def test_those_who_say_nothing_or_a_half_keep_nobody_from_his_page(served: Served, begun: bytes) -> None:
    with ExitStack() as open_ones:
        for _ in range(150):
            open_ones.enter_context(served.connect()).sendall(begun)
        begin = time.monotonic()
        assert served.get("/")[0] == 200
        assert time.monotonic() - begin < 5


def test_a_request_that_drips_is_read_without_a_thread_and_answered(served: Served) -> None:
    request = GET + b"Host: x" + END
    with served.connect() as connection:
        for number in range(0, len(request), 10):
            connection.sendall(request[number : number + 10])
            assert served.get("/healthz")[0] == 200
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def test_a_request_does_not_arrive_for_ever(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(GET)
        assert is_ended(connection, b"X: y\r\n", times=120, pause=0.5)


def test_a_line_without_end_is_not_kept(served: Served) -> None:
    before = psutil.Process(served.process.pid).memory_info().rss
    with served.connect() as connection:
        connection.sendall(GET + b"Host: x\r\nX: ")
        assert is_ended(connection, b"y" * 1_000_000, times=500)
    assert psutil.Process(served.process.pid).memory_info().rss - before < 50_000_000


def test_those_who_take_their_answers_slowly_keep_nobody_from_his_page(served: Served) -> None:
    with ExitStack() as open_ones:
        for _ in range(60):
            connection = open_ones.enter_context(served.connect())
            connection.sendall(b"GET /static/site/large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        begin = time.monotonic()
        assert served.get("/")[0] == 200
        assert time.monotonic() - begin < 8


def test_a_large_file_comes_whole(served: Served) -> None:
    status, body = served.get("/static/site/large.bin")
    assert (status, len(body)) == (200, LARGE)


def test_more_connections_than_one_address_may_have_push_out_the_silent_ones(served: Served) -> None:
    with ExitStack() as open_ones:
        crowd = [open_ones.enter_context(served.connect()) for _ in range(260)]
        assert served.get("/")[0] == 200
        assert crowd[0].recv(10) == b""  # the first was silent for longest
        crowd[-1].sendall(GET + b"Host: x" + END)
        assert crowd[-1].recv(100).startswith(b"HTTP/1.1 200 ")


def test_out_of_descriptors_it_goes_on_and_says_so_once(tmp_path: Path) -> None:
    log = make_root(tmp_path) / "data/log/serve.log"
    served = Served(tmp_path, "ulimit -n 128")
    process = psutil.Process(served.process.pid)
    with ExitStack() as open_ones:
        for _ in range(300):
            open_ones.enter_context(served.connect())
        used = sum(process.cpu_times()[:2])
        for _ in range(10):
            assert served.get("/")[0] == 200
            time.sleep(0.1)
        assert sum(process.cpu_times()[:2]) - used < 5
    served.end()
    assert log.stat().st_size < 20_000
    assert "Traceback" not in log.read_text()
