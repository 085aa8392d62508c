"""What comes of sources: each that fails is a sentence, and harms no other."""

import json
import logging
import os
import shlex
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

import servers
from children import ended, left_of
from happyface.acquire.fetching import fetcher
from happyface.contract.fetched import Fetched
from happyface.contract.source import Source
from happyface.errors import SourceError
from making import Fetch, FetchOne
from servers import PNG, MonitorServer, whole_answer


def test_a_source_that_answers(server: MonitorServer, fetch_one: FetchOne) -> None:
    fetched = fetch_one(f"{server.url}/json?page=%20x")
    assert (fetched.error, fetched.status, fetched.size) == ("", 200, 12)
    assert fetched.json() == {"value": 1}
    assert fetched.content_type == "application/json"
    assert fetched.url == f"{server.url}/json?page=%20x"
    assert 0 < fetched.seconds < 5
    assert abs(fetched.fetched_at - time.time()) < 60
    assert server.seen[0][0] == "/json?page=%20x"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("missing", "The source answered 404 Not Found."),
        ("broken", "The source answered 500 Internal Server Error."),
        ("busy", "The source answered 503 Service Unavailable."),
        ("closes", "The source broke off its answer."),
        ("cut", "The source broke off its answer."),
        ("garbage", "The source did not answer in HTTP"),
        ("odd_reason", "The source answered 500 Kapu"),
        ("endless", "The source did not answer within 1 s."),
        ("slow", "The source did not answer within 1 s."),
        ("huge", "The source is larger than the 1 MB that it may be."),
        ("gzip", "The source is larger than the 1 MB that it may be."),
        ("loop", "The source redirects without end."),
        ("away", "The source redirects to an address that is not valid."),
    ],
)
def test_a_source_that_fails_is_a_sentence_and_harms_no_other(
    path: str, sentence: str, server: MonitorServer, fetch_all: Fetch
) -> None:
    bad, good = f"{server.url}/{path}", f"{server.url}/json"
    answers = fetch_all(bad, good, timeout=1, max_size=1e6)
    assert answers[bad].error.startswith(sentence)
    assert "\n" not in answers[bad].error
    assert answers[bad].error.encode()
    assert answers[good].json() == {"value": 1}
    with pytest.raises(SourceError, match=sentence[:20]):
        answers[bad].json()


def test_a_huge_body_is_neither_read_nor_stored(server: MonitorServer, fetch_one: FetchOne, tmp_path: Path) -> None:
    before = psutil.Process().memory_info().rss
    fetched = fetch_one(f"{server.url}/huge", settings={"max_size": 3e6})
    assert "larger than the 3 MB" in fetched.error
    assert server.sent < 50e6
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= 3e6
    assert psutil.Process().memory_info().rss - before < 100e6


def test_a_compressed_bomb_does_not_fill_the_memory(server: MonitorServer, fetch_one: FetchOne) -> None:
    before = psutil.Process().memory_info().rss
    fetch_one(f"{server.url}/gzip", settings={"max_size": 1e6})
    assert psutil.Process().memory_info().rss - before < 40e6


def test_an_http_error_keeps_its_page(server: MonitorServer, fetch_one: FetchOne) -> None:
    fetched = fetch_one(f"{server.url}/missing")
    assert fetched.file is not None
    assert fetched.file.read_bytes() == b"<html><h1>Not here</h1></html>"
    assert fetched.status == 404


@pytest.mark.parametrize(
    ("path", "read", "sentence"),
    [
        ("empty", Fetched.json, "answered with nothing, where JSON was expected"),
        ("empty", Fetched.xml, "answered with nothing, where XML was expected"),
        ("empty", Fetched.html, "answered with nothing, where HTML was expected"),
        ("empty", Fetched.image, "answered with nothing, where an image was expected"),
        ("html", Fetched.json, "is not JSON: .*; it starts with “<html><body><h1>Please log in"),
        ("html", Fetched.image, "is not an image; it starts with “<html>"),
        ("json", Fetched.xml, "is not XML: "),
        ("png", Fetched.json, "is not JSON"),
        ("png", Fetched.xml, "is not XML"),
        ("bomb", Fetched.xml, "XML that declares entities of its own, which is refused|is not XML"),
    ],
)
def test_what_cannot_be_read_is_told(
    path: str, read: Callable[[Fetched], object], sentence: str, server: MonitorServer, fetch_one: FetchOne
) -> None:
    fetched = fetch_one(f"{server.url}/{path}")
    assert fetched.ok
    with pytest.raises(SourceError, match=sentence) as caught:
        read(fetched)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_what_can_be_read_is(server: MonitorServer, fetch_one: FetchOne) -> None:
    assert fetch_one(f"{server.url}/latin").text() == "Störung"
    assert fetch_one(f"{server.url}/png").image("curve").name == "curve.png"
    assert fetch_one(f"{server.url}/invalid").text().startswith('{"value": "\ufffd')
    assert fetch_one(f"{server.url}/html").html().findtext(".//h1") == "Please log in"
    server.bodies["csv"] = "name;size\nä;1\n".encode()
    assert fetch_one(f"{server.url}/csv").csv(";") == [{"name": "ä", "size": "1"}]


def test_only_a_command_can_say_that_there_is_nothing(server: MonitorServer, fetch_all: Fetch, tmp_path: Path) -> None:
    (tmp_path / "left").touch()
    answers = fetch_all("command:true", "command:false", "left", f"{server.url}/empty")
    assert [(answer.size, answer.ended_well) for answer in answers.values()] == [
        (0, True),
        (0, False),
        (0, False),
        (0, False),
    ]


def test_half_an_answer_is_none(server: MonitorServer, fetch_one: FetchOne) -> None:
    server.raw["part"] = whole_answer("206 Partial Content", "Content-Range: bytes 0-1/9", body=b"{}")
    assert fetch_one(f"{server.url}/part").error == "The source answered with a part of what was asked for (206)."
    assert fetch_one(f"{server.url}/part", **{"header.Range": "bytes=0-1"}).json() == {}


@pytest.mark.parametrize(
    ("status", "page", "sentence"),
    [
        (
            "502 Bad Gateway",
            {"meta": {}, "errors": [{"description": "", "error_number": 2, "error": "Unable to contact slurmctld"}]},
            "The source answered 502 Bad Gateway: Unable to contact slurmctld.",
        ),
        (
            "404 Not Found",
            {"error": 404.0, "status": "No objects\nfound."},
            "answered 404 Not Found: No objects found.",
        ),
        ("400 Bad Request", {"status": "error", "errorType": "bad", "error": "parse error"}, "Request: parse error."),
        ("403 Forbidden", {"message": "no permission", "accessErrorId": "X"}, "answered 403 Forbidden: no permission."),
        ("500 Oops", {"error": {"code": 3, "message": "disk", "data": "full."}}, "answered 500 Oops: disk: full."),
        ("500 Oops", {"error": {"error": {"error": {"error": {"error": {"error": "deep"}}}}}}, "answered 500 Oops."),
        ("500 Oops", ["x" * 2000], "The source answered 500 Oops: xxxx"),
        ("500 Oops", {"error": None, "errors": [], "data": "y"}, "answered 500 Oops."),
        ("500 Oops", 7, "answered 500 Oops."),
    ],
)
def test_the_json_of_an_error_tells_its_reason(
    status: str, page: object, sentence: str, server: MonitorServer, fetch_one: FetchOne
) -> None:
    server.raw["error"] = whole_answer(status, body=json.dumps(page).encode())
    error = fetch_one(f"{server.url}/error").error
    assert sentence in error
    assert len(error) < 600


def test_an_error_that_is_answered_as_success_tells_its_reason(server: MonitorServer, fetch_one: FetchOne) -> None:
    fault = {"code": -32602, "message": "Invalid params.", "data": "Session terminated, re-login, please."}
    server.bodies["rpc"] = json.dumps({"jsonrpc": "2.0", "error": fault, "id": 1}).encode()
    with pytest.raises(SourceError, match=r"answered with an error: Invalid params: Session terminated, re-login"):
        fetch_one(f"{server.url}/rpc").json()
    server.bodies["rpc"] = b'{"jsonrpc": "2.0", "result": [], "error": null}'
    assert fetch_one(f"{server.url}/rpc").json()["result"] == []


def test_equal_sources_are_fetched_once(server: MonitorServer, fetch_all: Fetch) -> None:
    url = f"{server.url}/json"
    other = Source.model_validate({"": url, "timeout": "3"})
    answers = fetch_all(url, f" {url}", f"{url}?other", other)
    assert all(each.ok for each in answers.values())
    assert server.count == {"/json": 2, "/json?other": 1}


def test_a_host_is_not_asked_more_than_it_bears(server: MonitorServer, fetch_all: Fetch) -> None:
    server.slowness = 0.05
    urls = [f"{server.url}/slow/{number}" for number in range(20)]
    answers = fetch_all(*urls, connections_per_host=3)
    assert all(each.ok for each in answers.values())
    assert server.most_at_once == 3


def test_no_more_are_asked_at_a_time_than_allowed(fetch_all: Fetch) -> None:
    with servers.serving(MonitorServer()) as one, servers.serving(MonitorServer()) as other:
        one.slowness = other.slowness = 0.05
        urls = [f"{each.url}/slow/{number}" for number in range(10) for each in (one, other)]
        assert all(each.ok for each in fetch_all(*urls, connections=4, connections_per_host=4).values())
        assert one.most_at_once + other.most_at_once >= 2
        assert max(one.most_at_once, other.most_at_once) <= 4


def test_what_is_busy_is_tried_again_after_a_pause(
    server: MonitorServer, fetch_one: FetchOne, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetcher, "FIRST_PAUSE", 0.2)
    fetched = fetch_one(f"{server.url}/busy", settings={"retries": 2})
    assert fetched.json() == {"value": 2}
    assert server.count["/busy"] == 3
    assert fetched.seconds >= 0.2 + 0.4


@pytest.mark.parametrize(
    ("path", "settings", "options", "tries"),
    [
        ("busy", {"retries": 1}, {}, 2),
        ("busy", {"retries": 0}, {}, 1),
        ("busy", {"retries": 0}, {"retries": 1}, 2),
        ("missing", {"retries": 2}, {}, 1),
        ("broken", {"retries": 2}, {}, 1),
        ("loop", {"retries": 2}, {}, 10),
    ],
)
def test_only_what_may_pass_is_tried_again(
    path: str, settings: dict[str, Any], options: dict[str, Any], tries: int, server: MonitorServer, fetch_one: FetchOne
) -> None:
    assert not fetch_one(f"{server.url}/{path}", settings, **options).ok
    assert server.count[f"/{path}"] == tries


def test_an_unchanged_body_is_not_sent_again(server: MonitorServer, fetch_one: FetchOne, tmp_path: Path) -> None:
    url = f"{server.url}/etag"
    assert [fetch_one(url).json()["value"] for _ in range(3)] == [1, 1, 1]
    assert [headers.get("If-None-Match") for _, headers in server.seen] == [None, '"1"', '"1"']
    server.version = 2
    assert [fetch_one(url).json()["value"] for _ in range(2)] == [2, 2]
    again = fetch_one(url)
    assert (again.status, again.content_type, again.size) == (200, "application/json", 12)
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_a_kept_body_goes_with_its_source(server: MonitorServer, fetch_all: Fetch, tmp_path: Path) -> None:
    fetch_all(f"{server.url}/etag", f"{server.url}/json")
    assert len(list((tmp_path / "cache").iterdir())) == 2
    fetch_all(f"{server.url}/json")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["index.json"]
    assert json.loads((tmp_path / "cache/index.json").read_text()) == {}


@pytest.mark.parametrize("content", ["", "[]", "null", '{"x": 5}', '{"x": {"unknown": 1}}', "\0\1"])
def test_a_damaged_index_of_kept_bodies_is_begun_anew(
    content: str, server: MonitorServer, fetch_one: FetchOne, tmp_path: Path
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/index.json").write_text(content)
    assert [fetch_one(f"{server.url}/etag").json()["value"] for _ in range(2)] == [1, 1]


def test_a_kept_body_that_vanished_is_fetched(server: MonitorServer, fetch_one: FetchOne, tmp_path: Path) -> None:
    fetch_one(f"{server.url}/etag")
    for path in (tmp_path / "cache").iterdir():
        if path.name != "index.json":
            path.unlink()
    assert fetch_one(f"{server.url}/etag").json() == {"value": 1}


def test_the_deadline_ends_everything(server: MonitorServer, fetch_all: Fetch) -> None:
    good = [f"{server.url}/json/{number}" for number in range(15)]
    hanging = [f"{server.url}/slow/{number}" for number in range(4)]
    seconds = f"600.{os.getpid()}"  # nobody else on this machine sleeps as long
    sleeper = f"command:sleep {seconds}"
    begun = time.monotonic()
    server.bodies |= {f"json/{number}": b"{}" for number in range(15)}
    answers = fetch_all(*good, *hanging, sleeper, timeout=60, deadline=1.5)
    assert 1.4 < time.monotonic() - begun < 20
    assert all(answers[url].ok for url in good)
    late = "The source did not answer before the run's deadline of 1.5 s."
    assert {answers[url].error for url in (*hanging, sleeper)} == {late}
    assert left_of(seconds) == []


def test_a_name_that_does_not_resolve_in_time_does_not_hold_up_the_run(
    fetch_all: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: resolved.wait(60))
    begun = time.monotonic()
    answers = fetch_all("http://slow-dns.example.org/", deadline=0.5)
    taken = time.monotonic() - begun
    resolved.set()
    assert taken < 20
    assert not next(iter(answers.values())).ok


def test_what_is_not_there_is_told(fetch_all: Fetch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        unknown = "http://no-such-host.invalid/"
        answers = fetch_all(closed, unknown)
    assert answers[closed].error == "The source could not be reached: the connection was refused."
    assert answers[unknown].error == ("The source could not be reached: the host no-such-host.invalid is not known.")
    assert not any(each.reached for each in answers.values())


def test_what_answers_wrongly_was_reached(server: MonitorServer, fetch_all: Fetch) -> None:
    answers = fetch_all(*(f"{server.url}/{path}" for path in ("missing", "broken", "loop", "huge", "garbage", "cut")))
    assert all(each.reached for each in answers.values())


# Commands


def python(code: str) -> str:
    return f"command:{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


def test_a_command_is_run_without_a_shell_in_the_site(fetch_one: FetchOne, tmp_path: Path) -> None:
    assert fetch_one("command:echo 'a  b' $HOME; *").text() == "a  b $HOME; *\n"
    assert fetch_one("command:pwd").text().strip() == str(tmp_path)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (python("import sys; print(1); sys.exit('it  is\\nbroken.')"), "ended with status 1: it is broken."),
        (python("import sys; sys.exit(3)"), "ended with status 3."),
        (python("import os; os.kill(os.getpid(), 9)"), "ended with status -9."),
        ("command:no-such-program -x", "The command no-such-program cannot be run: No such file or directory."),
        ("command:/etc/passwd", "The command /etc/passwd cannot be run: Permission denied."),
        ("command:/ ", "The command / cannot be run: Permission denied."),
        ("command:yes", "The source is larger than the 1 MB that it may be."),
        ("command:sleep 601", "The source did not answer within 1 s."),
        (python("import sys; sys.stderr.write('x' * 10**7); sys.exit(1)"), "ended with status 1: xxx"),
        (python("import sys; sys.stderr.buffer.write(b'\\xff\\0'); sys.exit(1)"), "ended with status 1: "),
    ],
)
def test_a_command_that_fails_is_told(source: str, sentence: str, fetch_one: FetchOne) -> None:
    fetched = fetch_one(source, settings={"timeout": 1, "max_size": 1e6})
    assert sentence in fetched.error
    assert len(fetched.error) < 600
    assert "\n" not in fetched.error


@pytest.mark.parametrize("length", [0, 90, 136, 137, 180, 100_000])
def test_the_cause_is_told_be_it_said_first_or_last(length: int, fetch_one: FetchOne) -> None:
    complaint = f"'no route to the host.\\n' + 'at line 7\\n' * 5 + 'ä' * {length} + '\\nlogin refused\\n'"
    error = fetch_one(python(f"import sys; sys.stderr.reconfigure(encoding='utf-8'); sys.exit({complaint})")).error
    assert ": no route to the host. at line 7" in error
    assert error.endswith("login refused.")
    assert ("…" in error) == (length > 136)
    assert "\ufffd" not in error


def test_a_hanging_command_is_ended_with_its_children(fetch_one: FetchOne, tmp_path: Path) -> None:
    script = tmp_path / "parent.sh"
    script.write_text(f"#!/bin/sh\nsleep 602 & echo $! > {tmp_path}/child\nsleep 603\n")
    script.chmod(0o755)
    fetched = fetch_one(f"command:{script}", settings={"timeout": 0.7})
    assert "did not answer within" in fetched.error
    child = int((tmp_path / "child").read_text())
    assert ended(child)


def test_what_a_command_said_counts_and_its_daemon_ends_with_it(fetch_one: FetchOne, tmp_path: Path) -> None:
    script = tmp_path / "daemon.sh"
    script.write_text(f"#!/bin/sh\necho here\nsetsid sleep 60 &\necho $! > {tmp_path}/daemon\n")
    script.chmod(0o755)
    fetched = fetch_one(f"command:{script}", settings={"timeout": 50})
    assert fetched.text() == "here\n"
    assert ended(int((tmp_path / "daemon").read_text()))


def test_all_that_a_command_prints_at_its_end_is_read(fetch_one: FetchOne) -> None:
    printed = python("import sys; sys.stdout.write('x' * 3_000_000); sys.stdout.flush(); import os; os._exit(0)")
    assert len(fetch_one(printed, settings={"timeout": 50}).text()) == 3_000_000


# Files


def test_a_file_is_read_relative_to_the_site(fetch_one: FetchOne, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"a": 1}')
    assert fetch_one("state.json").json() == {"a": 1}
    assert fetch_one(f"file://{tmp_path}/state.json").json() == {"a": 1}
    assert fetch_one("file:state.json").url == "state.json"


def test_a_file_that_cannot_be_read_is_told(fetch_one: FetchOne, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large").write_bytes(b"x" * 2000)
    for source, sentence in {
        "nowhere.txt": "The file nowhere.txt cannot be read: No such file or directory.",
        "/etc": "/etc is not a file.",
        "fifo": "fifo is not a file.",
        "/dev/zero": "/dev/zero is not a file.",
        "/etc/passwd/x": "The file /etc/passwd/x cannot be read: Not a directory.",
        "large": "The source is larger than the 1 kB that it may be.",
    }.items():
        assert fetch_one(source, settings={"max_size": 1000}).error == sentence


@pytest.mark.parametrize(
    ("minutes", "settings", "options", "fault"),
    [
        (59, {}, {}, ""),
        (61, {}, {}, "UTC, longer ago than the 1 h that it may be"),
        (61, {"max_age_intervals": 8}, {}, ""),
        (61, {"max_age_intervals": 0}, {}, ""),
        (61, {}, {"max_age": "1d"}, ""),
        (61, {}, {"max_age": "0"}, ""),
        (10, {"max_age_intervals": 0}, {"max_age": "5m"}, "UTC, longer ago than the 5 min that it may be"),
        (-0.5, {}, {}, ""),
        (-600, {}, {}, "UTC, which is in the future: its age is not known"),
    ],
)
def test_a_file_grows_too_old(
    minutes: float, settings: dict[str, Any], options: dict[str, Any], fault: str, fetch_one: FetchOne, tmp_path: Path
) -> None:
    (tmp_path / "state.json").write_text("{}")
    then = time.time() - 60 * minutes
    os.utime(tmp_path / "state.json", (then, then))
    fetched = fetch_one("state.json", settings, **options)
    assert fault in fetched.error
    assert fetched.ok == (not fault)
    assert fetched.reached


def test_a_file_that_may_not_be_read_is_told(fetch_one: FetchOne, tmp_path: Path, as_nobody: Any) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "cache").mkdir()
    for name in ("tmp", "cache"):
        (tmp_path / name).chmod(0o777)
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0)
    with as_nobody():
        assert fetch_one("secret").error == "The file secret cannot be read: Permission denied."


def test_the_sentence_of_an_old_file_does_not_grow_old_itself(fetch_one: FetchOne, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("{}")
    os.utime(tmp_path / "state", (86400, 86400))
    assert fetch_one("state").error == (
        "The file state was last written 1970-01-02 00:00 UTC, longer ago than the 1 h that it may be (max_age)."
    )


def test_a_login_of_the_users_own_is_not_sent(
    server: MonitorServer, fetch_one: FetchOne, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password swordfish\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("ftp_proxy", "http://127.0.0.1:1")
    fetch_one(f"{server.url}/etag")
    assert [headers.get("Authorization") for _, headers in server.seen] == [None]


# TLS, certificates and secrets


def test_an_untrusted_certificate_is_told(tls_server: MonitorServer, fetch_one: FetchOne) -> None:
    url = tls_server.url.replace("http:", "https:")
    error = fetch_one(f"{url}/json").error
    assert error.startswith("The source could not be reached: its certificate is not trusted (self")
    assert tls_server.count == {}


@pytest.mark.parametrize("path", ["json", "empty", "missing", "etag"])
def test_an_unchecked_certificate_is_read_all_the_same(
    path: str, tls_server: MonitorServer, fetch_one: FetchOne
) -> None:
    url = tls_server.url.replace("http:", "https:")
    for _ in range(10):
        found = fetch_one(f"{url}/{path}", verify="no").certificate
        assert found is not None
        assert found.subject == found.issuer == "monitor.example.org"
        assert 29 < (found.not_after - time.time()) / 86400 < 31


def test_an_authority_of_ones_own_is_trusted(tls_server: MonitorServer, certificate: Path, fetch_one: FetchOne) -> None:
    url = tls_server.url.replace("http:", "https:")
    assert fetch_one(f"{url}/json", ca=str(certificate)).json() == {"value": 1}


def test_plain_http_where_tls_is_expected_is_told(
    server: MonitorServer, tls_server: MonitorServer, fetch_one: FetchOne
) -> None:
    assert fetch_one(server.url.replace("http:", "https:")).error == (
        "The source could not be reached: it does not speak TLS as expected."
    )
    assert not fetch_one(f"{tls_server.url}/json").ok


def test_a_client_certificate_is_shown_to_who_asks(certificate: Path, fetch_one: FetchOne, tmp_path: Path) -> None:
    client = tmp_path / "client.pem"
    servers.write_certificate(client, "HappyFace robot")
    running = MonitorServer()
    servers.with_tls(running, certificate, clients=client)
    with servers.serving(running):
        url = f"{running.url.replace('http:', 'https:')}/json"
        assert fetch_one(url, verify="no", certificate="client.pem").json() == {"value": 1}
        assert not fetch_one(url, verify="no").ok


def test_a_key_with_a_passphrase_is_told_and_nobody_is_asked(
    tls_server: MonitorServer, fetch_one: FetchOne, tmp_path: Path
) -> None:
    servers.write_certificate(tmp_path / "robot.pem", "HappyFace robot", passphrase=b"hunter2")
    url = tls_server.url.replace("http:", "https:")
    fetched = fetch_one(f"{url}/json", verify="no", certificate="robot.pem")
    assert fetched.error == ("The source's key has a passphrase, which nobody can type in a run; give it one without.")


@pytest.mark.parametrize("option", ["certificate", "ca"])
def test_a_missing_certificate_file_is_told(option: str, tls_server: MonitorServer, fetch_one: FetchOne) -> None:
    url = tls_server.url.replace("http:", "https:")
    error = fetch_one(f"{url}/json", **{option: "no/such.pem"}).error
    assert "no/such.pem" in error
    assert "cannot be read" in error


def test_secrets_are_filled_in_only_for_the_request(
    server: MonitorServer, fetch_one: FetchOne, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    source = f"{server.url}/json?token=${{env:TOKEN}}"
    with caplog.at_level(logging.DEBUG):
        fetched = fetch_one(source, user="me", password="${env:TOKEN}", **{"header.x-key": "${env:TOKEN}"})
    path, headers = server.seen[0]
    assert path == "/json?token=hunter2"
    assert headers["x-key"] == "hunter2"
    assert headers["authorization"].startswith("Basic ")
    assert "hunter2" not in repr(fetched)
    assert "hunter2" not in caplog.text


def test_a_secret_is_written_as_its_place_wants_it(
    server: MonitorServer, fetch_all: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", """a#b&c "d' e""")
    address = f"{server.url}/json?token=${{env:TOKEN}}"
    command = f"command:{sys.executable} -c 'import sys; print(sys.argv[1:])' ${{env:TOKEN}} end"
    posted = Source.parse(f"{server.url}/posted").post(json={"token": "${env:TOKEN}"})
    answers = fetch_all(address, command, posted)
    assert [path for path, _ in server.seen if path.startswith("/json")] == ["/json?token=a%23b%26c%20%22d'%20e"]
    assert answers[command].text().strip() == str(["""a#b&c "d' e""", "end"])
    assert server.posted == [b'{"token": "a#b&c \\"d\' e"}']


@pytest.mark.parametrize(
    "source",
    [
        "http://me:${env:TOKEN}@127.0.0.1:1/x",
        "http://127.0.0.1/${env:TOKEN}",
        "${env:TOKEN}/file",
        "command:${env:TOKEN}",
        "https://me:${env:TOKEN}@127.0.0.1:1/",
    ],
)
def test_a_secret_is_in_no_error(source: str, fetch_one: FetchOne, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hunter2:/[ /x")
    fetched = fetch_one(source, settings={"timeout": 2})
    assert not fetched.ok
    assert "hunter2" not in repr(fetched)


def test_a_secret_that_vanished_is_told(server: MonitorServer, fetch_one: FetchOne) -> None:
    error = fetch_one(f"{server.url}/json?token=${{env:NO_SUCH_VARIABLE}}").error
    assert "the environment variable NO_SUCH_VARIABLE is not set" in error


def test_a_password_in_an_address_is_not_shown(server: MonitorServer, fetch_one: FetchOne) -> None:
    fetched = fetch_one(server.url.replace("//", "//me:swordfish@") + "/login")
    assert fetched.json() == {"login": "Basic bWU6c3dvcmRmaXNo"}
    assert "swordfish" not in repr(fetched)


def test_a_body_is_posted(server: MonitorServer, fetch_one: FetchOne) -> None:
    assert fetch_one(f"{server.url}/rpc", body='{"q": 1}').json() == {"value": 4}
    assert server.posted == [b'{"q": 1}']


def test_a_redirect_is_followed(server: MonitorServer, fetch_one: FetchOne) -> None:
    assert fetch_one(f"{server.url}/moved").json() == {"value": 1}


def test_an_image_that_is_an_error_page_is_told(server: MonitorServer, fetch_one: FetchOne) -> None:
    server.bodies["x.png"] = b"<!DOCTYPE html><html><svg></svg>no graph today</html>"
    server.types["x.png"] = "image/png"
    with pytest.raises(SourceError, match="is not an image; it starts with “<!DOCTYPE html>"):
        fetch_one(f"{server.url}/x.png").image()
    server.bodies["x.png"] = PNG
    assert fetch_one(f"{server.url}/x.png").image().name == "image.png"


def test_a_run_that_was_killed_before_it_noted_a_new_body_does_not_mix_versions(
    server: MonitorServer, fetch_one: FetchOne, tmp_path: Path
) -> None:
    url = f"{server.url}/etag"
    fetch_one(url)
    index = (tmp_path / "cache/index.json").read_text()
    server.version = 2
    fetch_one(url)
    (tmp_path / "cache/index.json").write_text(index)  # as it was before
    server.version = 1
    assert fetch_one(url).json() == {"value": 1}
    assert len(list((tmp_path / "cache").iterdir())) == 2
