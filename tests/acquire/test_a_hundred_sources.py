"""A run of a hundred sources that misbehave in every way, all at once: the others are unharmed, and it ends in time."""

import gzip
import os
import shlex
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from children import children, left_running
from happyface.acquire.run import cycle
from happyface.model.access import ANONYMOUS
from happyface.site import read_site
from happyface.store import Store
from making import PROBE, MakeSite
from servers import XML_BOMB, MonitorServer, whole_answer

GOOD = b'{"value": 1}'
PROBE_XML = PROBE.replace('source.json()["value"]', 'source.xml().findtext("value")')
HANGING = ("slow", "hangs_in_head", "hangs_in_body", "hangs_in_chunk", "trickles", "endless")
BEHAVING = (
    *("missing", "broken", "empty", "closes", "cut", "garbage", "odd_reason", "huge", "html"),
    *("invalid", "bomb", "gzip", "png", "loop", "away", "reset"),
)


def head(*lines: str, body: bytes = GOOD) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode() + body


ANSWERS = {
    "part": whole_answer("206 Partial Content", "Content-Range: bytes 0-11/90", body=GOOD),
    "no_content": whole_answer("204 No Content"),
    "not_modified": whole_answer("304 Not Modified"),
    "teapot": whole_answer("500 Oops", "Content-Type: text/html", body=b"<h1>Traceback</h1>" * 1000),
    "unauthorized": whole_answer("401 Unauthorized", "WWW-Authenticate: Negotiate"),
    "too_many": whole_answer("429 Too Many Requests", "Retry-After: 99999999999"),
    "unavailable": whole_answer("503 Service Unavailable", body=GOOD),
    "odd_status": whole_answer("999 What", body=GOOD),
    "no_status": b"HTTP/1.1\r\n\r\n",
    "only_a_status": b"HTTP/1.1 200 OK\r\n",
    "other_version": b"HTTP/9.9 200 OK\r\nContent-Length: 12\r\n\r\n" + GOOD,
    "ftp_speaker": b"220 ftp.example.org ready\r\n",
    "ssh_speaker": b"SSH-2.0-OpenSSH_9.2\r\n",
    "long_header": head("X: " + "x" * 300_000),
    "many_headers": head(*(f"X-{number}: {'y' * 90}" for number in range(20_000))),
    "letters_as_length": head("Content-Length: twelve"),
    "negative_length": head("Content-Length: -12"),
    "two_lengths": head("Content-Length: 12\r\nContent-Length: 7"),
    "too_long": head("Content-Length: 13"),
    "too_short": head("Content-Length: 11"),
    "huge_length": head("Content-Length: 999999999999999999999999"),
    "bad_chunk": head("Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"),
    "cut_chunk": head("Transfer-Encoding: chunked", body=b'c\r\n{"value": 1}\r\n'),
    "huge_chunk": head("Transfer-Encoding: chunked", body=b"fffffffffffffffff\r\n{}"),
    "cut_gzip": whole_answer("200 OK", "Content-Encoding: gzip", body=gzip.compress(GOOD)[:-6]),
    "no_gzip": whole_answer("200 OK", "Content-Encoding: gzip", body=GOOD),
    "no_deflate": whole_answer("200 OK", "Content-Encoding: deflate", body=GOOD),
    "unknown_coding": whole_answer("200 OK", "Content-Encoding: rot13", body=b'{"inyhr": 1}'),
    "nowhere": whole_answer("302 Found"),
    "to_a_file": whole_answer("302 Found", "Location: file:///etc/hostname"),
    "to_ftp": whole_answer("302 Found", "Location: ftp://127.0.0.1/x"),
    "to_script": whole_answer("302 Found", "Location: javascript:alert(1)"),
    "to_nobody": whole_answer("302 Found", "Location: http://127.0.0.1:1/"),
    "to_nonsense": whole_answer("302 Found", "Location: http://[::1/"),
    "wrong_charset": whole_answer("200 OK", "Content-Type: application/json; charset=utf-16", body=b"\xd8\x00\xff" * 9),
    "nul_bytes": whole_answer("200 OK", body=b"\0" * 5000),
    "deep": whole_answer("200 OK", body=b"[" * 10_000),
    "deep_and_whole": whole_answer("200 OK", body=b'{"value": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
    "deep_object": whole_answer("200 OK", body=b'{"value":' * 10_000 + b"1" + b"}" * 10_000),
    "many_digits": whole_answer("200 OK", body=b'{"value": ' + b"9" * 100_000 + b"}"),
    "no_number": whole_answer("200 OK", body=b'{"value": NaN}'),
    "infinite": whole_answer("200 OK", body=b'{"value": 1e999}'),
    "null": whole_answer("200 OK", body=b'{"value": null}'),
    "a_list": whole_answer("200 OK", body=b"[1]"),
    "a_word": whole_answer("200 OK", body=b"null"),
    "control_signs": whole_answer("200 OK", body=b'{"value": "\x1b[2J\r\n[ERROR] forged"}'),
    "cut_json": whole_answer("200 OK", body=GOOD[:-1]),
    "twice": whole_answer("200 OK", body=GOOD * 2),
}
XML = {
    "bomb": XML_BOMB,
    "foreign_entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a><value>&x;</value></a>',
    "cut": b"<a><value>1</value>",
    "deep": b"<a>" * 10_000,
    "words": b"<a><value>many</value></a>",
    "nothing": b"",
    "nul": b"<a><value>1\0</value></a>",
}


def python(code: str) -> str:
    return f"command:{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


COMMANDS = {
    "hangs": "command:sleep 600",
    "ignores_signals": "command:sh -c 'trap \"\" TERM INT HUP; sleep 600'",
    "forks": "command:sh -c 'for i in 1 2 3 4 5; do sleep 600 & done; wait'",
    "leaves_children": "command:sh -c 'sleep 600 & exit 3'",
    "prints_endlessly": "command:yes",
    "complains_endlessly": "command:sh -c 'yes >&2'",
    "prints_zeros": "command:cat /dev/zero",
    "fails": "command:false",
    "fails_after_an_answer": "command:sh -c 'echo \\{\\\"value\\\": 1\\}; exit 1'",
    "is_killed": "command:sh -c 'kill -9 $$'",
    "is_missing": "command:no-such-program",
    "is_a_directory": "command:/",
    "is_no_program": "command:/etc/passwd",
    "waits_for_input": "command:cat",
    "prints_bytes": python("import sys; sys.stdout.buffer.write(bytes(range(256)) * 50)"),
    "closes_its_output": python("import os, time; os.close(1); os.close(2); time.sleep(600)"),
}


def write_files(folder: Path) -> Iterator[str]:
    """Files that are none, or not as they should be; their names, as sources have them."""
    yield from ("/dev/zero", "/dev/full", "/dev/random", "/dev/null", "missing.json", "folder", "state.json/below")
    yield "x" * 300
    (folder / "folder").mkdir()
    os.mkfifo(folder / "fifo")
    (folder / "circle").symlink_to("circle")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(folder / "socket"))
    (folder / "empty").touch()
    with (folder / "sparse").open("wb") as file:
        file.truncate(10**11)
    (folder / "binary").write_bytes(b"\0\xff" * 5000)
    (folder / "old").write_bytes(GOOD)
    os.utime(folder / "old", (1, 1))
    (folder / "future").write_bytes(GOOD)
    os.utime(folder / "future", (time.time() + 10**6,) * 2)
    yield from ("fifo", "circle", "socket", "empty", "sparse", "binary", "old", "future")


def test_a_hundred_sources_misbehave_and_the_others_are_unharmed(
    make_site: MakeSite, server: MonitorServer, tls_server: MonitorServer
) -> None:
    server.slowness = 600
    server.raw |= ANSWERS | {f"xml_{name}": whole_answer("200 OK", body=body) for name, body in XML.items()}
    server.bodies |= {"good": GOOD, "good_xml": b"<a><value>1</value></a>"}
    root = make_site({"state.json": GOOD.decode()}, modules={"probe_xml": PROBE_XML})
    bad = {f"http_{path}": f"{server.url}/{path}" for path in (*BEHAVING, *ANSWERS, *HANGING)}
    bad |= {f"xml_{name}": f"{server.url}/xml_{name}" for name in XML}
    bad |= {f"command_{name}": command for name, command in COMMANDS.items()}
    bad |= {f"file_{number}": f"file:{name}" for number, name in enumerate(write_files(root))}
    bad |= {
        "refused": "http://127.0.0.1:1/",
        "unknown_host": "http://no-such-host.invalid/",
        "tls_unknown": f"{tls_server.url.replace('http', 'https')}/json",
        "tls_spoken_to_plainly": f"{tls_server.url}/json",
        "plain_spoken_to_by_tls": f"{server.url.replace('http', 'https')}/json",
    }
    good = {f"good_http_{number}": f"{server.url}/good?{number}" for number in range(8)}
    good |= {f"xml_good_{number}": f"{server.url}/good_xml?{number}" for number in range(4)}
    good |= {f"good_file_{number}": "file:state.json" for number in range(4)}
    good |= {f"good_command_{number}": f"command:cat state.json {'-' * (number > 0)}" for number in range(4)}
    assert len(bad) >= 100

    statuses, sentences, seconds = _run(make_site, bad | good)
    assert {name: sentences[name] for name in good if statuses[name] != 1} == {}
    assert {name: sentences[name] for name in bad if statuses[name] != -1} == {}
    odd = [name for name in bad if not sentences[name].strip() or len(sentences[name]) > 1000]
    assert odd == []
    assert {name: text for name, text in sentences.items() if "Traceback" in text or "\n" in text} == {}
    assert [
        text for text in sentences.values() if any(word in text for word in ("sys.set", "XML_PARSE", "<string>"))
    ] == []
    assert seconds < 60, "each of those that hang does so for ten minutes"


def _run(make_site: MakeSite, sources: dict[str, str]) -> tuple[dict[str, float], dict[str, str], float]:
    """Statuses and sentences by instance, and how long the run took. Nothing that it started is left."""
    names = list(sources)
    ordered = names[::2] + names[1::2]  # the good ones among the others
    root = make_site(
        {"state.json": GOOD.decode()},
        site="[downloadService]\ntimeout = 600\ndeadline = 15\nretries = 0\nmax_size = 1 MB\nconnections = 200\n"
        "connections_per_host = 200\n[acquisition]\nmemory_limit = 400 MB\n",
        instances="\n".join(
            f"[{name}]\nmodule = {'probe_xml' if name.startswith('xml_') else 'probe'}\nsource = {sources[name]}\n"
            for name in ordered
        ),
        modules={"probe_xml": PROBE_XML},
        members=", ".join(ordered),
    )
    site, before = read_site(root), children()
    with Store(site.database_url, site.archive, site.outline) as store:
        begun = time.monotonic()
        run = cycle(site, store)
        seconds = time.monotonic() - begun
        views = {name: store.instance(ANONYMOUS, name, run.id) for name in names}
    assert left_running(before) == []
    found = {name: view for name, view in views.items() if view}
    return (
        {name: view.status for name, view in found.items()},
        {name: view.sentence for name, view in found.items()},
        seconds,
    )
