"""What comes of sources of the web: each that fails is a sentence, and harms no other."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from happyface.contract.fetched import Fetched
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
