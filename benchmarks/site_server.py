"""A site's server with its trivial page, in a process of its own, and visitors who ask it."""

import http.client
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.servers import free_port, wait_for

TRIVIAL = "/word"
"""A handler that returns a word: what pages are measured by."""


class Visitor:
    """Somebody who keeps the connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)

    def get(self, address: str) -> bytes:
        """A page, whole."""
        self._connection.request("GET", address)
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200 or not body:
            raise RuntimeError(f"{address} answered {response.status}")
        return body

    def seconds(self, address: str) -> float:
        """Seconds until a page is here, whole."""
        begun = time.perf_counter()
        self.get(address)
        return time.perf_counter() - begun


@dataclass(frozen=True)
class RunningServer:
    """The server of a site.

    Attributes:
        process: its number.
    """

    port: int
    process: int

    def visitor(self) -> Visitor:
        """A new visitor."""
        return Visitor(self.port)

    def megabytes(self) -> float:
        """The memory that the process holds."""
        for line in Path(f"/proc/{self.process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1000
        raise RuntimeError("the system does not tell how much memory a process holds")


@contextmanager
def site_server(root: Path) -> Iterator[RunningServer]:
    """Serve the site in a directory."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.word_server", str(root), str(port)]
    with subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield RunningServer(port, process.pid)
        finally:
            process.terminate()


_widths = itertools.count(1)


def never_asked(address: str) -> str:
    """The address of the same page as nobody has asked for it, with another width of the time machine's step.

    The server keeps pages; what is measured is making them.
    """
    if address == TRIVIAL:
        return address
    number = next(_widths)
    return f"{address}{'&' if '?' in address else '?'}s={number // 60 + 1:02}:{number % 60:02}"


def in_turn(
    visitor: Visitor, address: str, other: Visitor, other_address: str, repeats: int, fresh: bool = True
) -> tuple[list[float], list[float]]:
    """Seconds for two pages, asked in turn, so that whatever disturbs the machine disturbs both."""
    one_of = never_asked if fresh else str
    for _ in range(5):
        visitor.get(one_of(address)), other.get(one_of(other_address))
    pairs = [(visitor.seconds(one_of(address)), other.seconds(one_of(other_address))) for _ in range(repeats)]
    ours, theirs = zip(*pairs, strict=True)
    return list(ours), list(theirs)


def against_trivial(visitor: Visitor, address: str, repeats: int = 60, fresh: bool = True) -> tuple[float, str]:
    """How many times as long a page takes as the trivial one; and both in milliseconds."""
    ours, trivial = in_turn(visitor, address, visitor, TRIVIAL, repeats, fresh)
    absolute = f"{median(ours) * 1e3:.1f} ms against {median(trivial) * 1e3:.2f} ms"
    return median(ours) / median(trivial), absolute
