"""A site with instances of all kinds, and a visitor without a socket."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults

from making import PROBE

NOON = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
"""Twelve o'clock in Berlin."""
SITE = "[happyface]\ntimezone = Europe/Berlin\n[template]\nweb_title = GridKa & friends\n"
INSTANCES = """
[good]
module = probe
source = good.json
name = Good <one>
[bad]
module = probe
source = bad.json
instruction = See https://example.org/what-to-do first.
[gone]
module = probe
source = gone.json
[garbage]
module = probe
source = garbage.html
[secret]
module = probe
source = bad.json
access = restricted
[table]
module = rows
[unsaid]
module = probe
source = good.json
type = unrated
[hidden_one]
module = probe
source = bad.json
"""
CATEGORIES = """
[first]
name = First & best
modules = good, bad, gone, garbage
[second]
modules = secret, table, unsaid
[hidden]
access = restricted
modules = hidden_one
"""
ROWS = """
from happyface import Module, Result, Above, column

class Rows(Module):
    "Many rows."
    class Data(Module.Data):
        count: int
    class Node(Module.Row, counts=False):
        name: str
        load: float = column(limits=Above(critical=99))
    def extract(self) -> Result:
        return Result(self.Data(count=100), [self.Node(name=f"node{n:02}", load=n) for n in range(100)])
"""


@dataclass
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def words(self) -> str:
        """The text with plain spaces in its sentences."""
        return self.text.replace("\u00a0", " ")


class Client:
    """A visitor without a socket."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, address: str, method: str = "GET", body: bytes = b"", kind: str = "", **headers: str) -> Answer:
        path, _, query = address.partition("?")
        environ: dict[str, Any] = {"REQUEST_METHOD": method, "SERVER_PROTOCOL": "HTTP/1.1"}
        environ["REMOTE_ADDR"] = "127.0.0.1"
        environ["wsgi.input"] = io.BytesIO(body)
        environ |= {"PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query}
        environ |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": kind} if body else {}
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        setup_testing_defaults(environ)
        found: list[Any] = []
        parts = self.app(environ, lambda status, headers, exc_info=None: found.extend((status, headers)))
        body = b"".join(parts)
        if close := getattr(parts, "close", None):
            close()
        message = Message()
        for name, value in found[1]:
            message[name] = value
        return Answer(int(found[0].split()[0]), message, body)


def write_site(root: Path) -> Path:
    """The site of these tests."""
    files = {
        "config/site.cfg": SITE,
        "config/categories-enabled/all.cfg": CATEGORIES,
        "config/modules-enabled/all.cfg": INSTANCES,
        "modules/rows.py": ROWS,
        "modules/probe.py": PROBE,
        "good.json": '{"value": 1}',
        "bad.json": '{"value": 1}',
        "garbage.html": "<html><script>alert(1)</script>",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def until(wanted: Callable[[], bool], patience: float = 60) -> bool:
    """Whether it is so in the end."""
    end = time.monotonic() + patience
    while not (found := wanted()) and time.monotonic() < end:
        time.sleep(0.1)
    return found
