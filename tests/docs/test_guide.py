"""Goes through the manual's guide to writing a module as a reader does: files, commands, what the page shows.

Its blocks are understood by their kind: a caption that is a path is a file of the site; ``console`` is commands with
their output, in which ``…`` stands for anything; a caption ``on the page ADDRESS`` is lines that the page shows.
"""

import html
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import servers

GUIDE = Path(__file__).parents[2] / "docs" / "writing_modules.md"
_CALM = """\
[this_machine]
limits.load_per_core =
limits.memory_used_share =
limits.disk.mounted =
limits.disk.used_share =
limits.disk.files_share =
"""
"""The machine that runs the tests may be busy, and its disk full: that is not what the guide is about."""
_BLOCK = re.compile(r"^```(?P<kind>.*)\n(?P<options>(?::.*\n)*)(?P<body>(?:.*\n)*?)```$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of the guide; ``line`` is where its body begins."""

    kind: str
    caption: str
    body: str
    line: int


def blocks() -> Iterator[Block]:
    text = GUIDE.read_text(encoding="utf-8")
    for match in _BLOCK.finditer(text):
        caption = re.search(r':caption: "?`?([^`"\n]+)', match["options"])
        line = text.count("\n", 0, match.start("body")) + 1
        yield Block(match["kind"].strip(), caption[1].strip() if caption else "", match["body"], line)


@dataclass
class Reader:
    """Somebody who follows the guide."""

    directory: Path
    tape_server: str
    address: str = ""
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def follow(self, block: Block) -> None:
        if block.caption.startswith("on the page "):
            self._look(block.caption.removeprefix("on the page "), block)
        elif block.caption:
            path = self.directory / block.caption
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body.replace("http://tape.example.org", self.tape_server), encoding="utf-8")
        elif block.kind == "console":
            for command, expected in _commands(block.body):
                self._run(command, expected, block)

    def _run(self, command: str, expected: str, block: Block) -> None:
        if command.startswith("cd "):
            self.directory /= command.removeprefix("cd ")
            (self.directory / "config/modules-enabled/zz_calm.cfg").write_text(_CALM)
        elif command == "happyface serve":
            self._serve(expected)
        else:
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=self.directory,
                env=_environment(),
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=60,
            )
            message = f"{GUIDE.name}:{block.line}: {command} said:\n{done.stdout}"
            assert _fits(done.stdout, expected), message
            assert bool(done.returncode) == ("wrong with" in expected), message

    def _serve(self, expected: str) -> None:
        command = ["happyface", "serve", "--port", "0"]
        server = subprocess.Popen(
            command,
            cwd=self.directory,
            env=_environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.running.append(server)
        assert server.stdout
        said = server.stdout.readline()
        assert _fits(said, expected)
        self.address = next(word for word in said.split() if word.startswith("http://"))

    def _look(self, path: str, block: Block) -> None:
        """Look at the page until it is as it should be: the server notices a change within a second or two."""
        wanted = [" ".join(line.split()) for line in block.body.splitlines()]
        until = time.monotonic() + 60
        while True:
            shown = self._page(path)
            missing = [line for line in wanted if line not in shown]
            if not missing:
                return
            assert time.monotonic() < until, f"{GUIDE.name}:{block.line}: “{missing[0]}” is not on the page:\n{shown}"
            time.sleep(0.2)

    def _page(self, path: str) -> str:
        """What a page says when all that is folded on it has been unfolded."""
        page = self._fetched(path)
        folded = [html.unescape(address) for address in re.findall(r'<details[^>]* hx-get="([^"]*)"', page)]
        return " ".join(map(_as_text, (page, *map(self._fetched, folded))))

    def _fetched(self, path: str) -> str:
        with urllib.request.urlopen(self.address.rstrip("/") + path, timeout=20) as page:
            return str(page.read().decode())


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != "HAPPYFACE_SITE"}
    return environment | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def _commands(body: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected


def _fits(said: str, expected: str) -> bool:
    """Whether each expected line is among those that were said, in their order."""
    lines = [re.compile(".*?".join(map(re.escape, line.split("…")))) for line in expected.splitlines() if line != "…"]
    rest = iter(said.splitlines())
    return all(any(line.fullmatch(text) for text in rest) for line in lines)


def _as_text(page: str) -> str:
    shown = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", shown)).split())


@pytest.fixture
def tape_server(server: servers.MonitorServer) -> str:
    """The server that the guide calls tape.example.org."""
    server.bodies["requests.csv"] = b"user,requests\ncms,8\natlas,4\n"
    server.types["requests.csv"] = "text/csv"
    return server.url


@pytest.fixture
def reader(tmp_path: Path, tape_server: str) -> Iterator[Reader]:
    following = Reader(tmp_path, tape_server)
    yield following
    for process in following.running:
        process.terminate()
        process.communicate(timeout=20)


def test_the_guide_does_what_it_says(reader: Reader, server: servers.MonitorServer) -> None:
    for block in blocks():
        reader.follow(block)
    sent = {path: {name.lower(): value for name, value in headers.items()} for path, headers in server.seen}
    assert sent["/requests.csv"]["authorization"].startswith("Basic ")
    last = _commands("".join(block.body for block in blocks() if block.kind == "console"))
    assert any(shlex.split(command)[:3] == ["happyface", "module", "test"] for command, _ in last)


def test_the_first_module_has_few_lines() -> None:
    first = next(block for block in blocks() if block.caption.endswith("__init__.py"))
    assert len([line for line in first.body.splitlines() if line.strip()]) <= 11
