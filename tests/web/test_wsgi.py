"""The application for other WSGI servers: a site that cannot be used is a page that says so, until it can."""

import logging
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from visiting import Client, until, write_site

from happyface.wsgi import SiteApplication
from ports import free_port


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HAPPYFACE_SITE", str(tmp_path / "site"))
    return write_site(tmp_path / "site")


def break_site(root: Path, kind: str) -> Callable[[], object]:
    """Make a site one that cannot be used; returns what mends it."""
    if kind == "missing":
        root.rename(root.with_name("away"))
        return lambda: root.with_name("away").rename(root)
    if kind == "no directory":
        (root / "config").rename(root / "away")
        return lambda: (root / "away").rename(root / "config")
    texts = {
        "configuration": "[templat]\nsecret_word = hunter2\n",
        "database": "[database]\nurl = postgresql+psycopg://me:hunter2@127.0.0.1:9/x\n",
    }
    (root / "config/zz.cfg").write_text(texts[kind])
    return (root / "config/zz.cfg").unlink


@pytest.mark.parametrize("kind", ["configuration", "database", "missing", "no directory"])
def test_a_site_that_cannot_be_used_is_a_page_that_says_so_until_it_can(
    root: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    mend = break_site(root, kind)
    ask = Client(SiteApplication())
    for address in ("/", "/category/first", "/healthz", "/static/bundle/happyface.css"):
        answer = ask(address)
        assert answer.status == 503
        assert "happyface check" in answer.text
        assert "hunter2" not in answer.text
        assert str(root) not in answer.text
    assert ask("/", method="HEAD").body == b""
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert "templat" in errors[0] or kind != "configuration"
    mend()
    assert until(lambda: ask("/").status == 200)
    assert "There is no run yet" in ask("/").text


def test_whatever_goes_wrong_is_no_answer_of_the_web_servers_own(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("happyface.web.app.create_app", lambda *_: 1 / 0)
    answer = Client(SiteApplication())("/")
    assert answer.status == 503
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivision" not in answer.text


SERVER = (
    "import sys; from wsgiref.simple_server import make_server; from happyface.wsgi import application; "
    "make_server('127.0.0.1', int(sys.argv[1]), application).serve_forever()"
)


def test_a_server_that_was_started_with_an_invalid_site_need_not_be_started_again(root: Path, tmp_path: Path) -> None:
    mend, port = break_site(root, "configuration"), free_port()
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], stderr=log, stdout=log)
    try:
        assert until(lambda: status_of(port) == 503)
        assert "unknown section [templat]; did you mean 'template'?" in (tmp_path / "log").read_text()
        mend()
        assert until(lambda: status_of(port) == 200)
    finally:
        process.kill()
        process.wait()


def status_of(port: int) -> int:
    """The status of the page; 0 while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0
