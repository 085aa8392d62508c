"""Compressed answers: read whatever way they are packed, and to their very end."""

import gzip
import zlib

import pytest

from making import FetchOne
from servers import MonitorServer, whole_answer

BODY = b'{"value": [' + b", ".join(b"%d" % (number * 7919) for number in range(20_000)) + b"]}"


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKED = {
    "gzip": gzip.compress(BODY),
    "x-gzip": gzip.compress(BODY),
    "GZIP": gzip.compress(BODY[:70_000]) + gzip.compress(BODY[70_000:]),
    "gzip, gzip": gzip.compress(gzip.compress(BODY)),
    "deflate, gzip": gzip.compress(zlib.compress(BODY)),
    "deflate": zlib.compress(BODY),
    " deflate": raw_deflate(BODY),
    "identity": BODY,
    "gzip, ": gzip.compress(BODY) + b"\0" * 100,
}


@pytest.mark.parametrize("encoding", PACKED)
def test_a_packed_answer_is_unpacked(encoding: str, server: MonitorServer, fetch_one: FetchOne) -> None:
    server.raw["packed"] = whole_answer("200 OK", f"Content-Encoding: {encoding}", body=PACKED[encoding])
    assert fetch_one(f"{server.url}/packed").content() == BODY


@pytest.mark.parametrize("encoding", [each for each in PACKED if each not in ("identity", "gzip, ")])
def test_a_packed_answer_without_its_end_is_none(encoding: str, server: MonitorServer, fetch_one: FetchOne) -> None:
    for missing in (1, 9, len(PACKED[encoding]) // 2):
        body = PACKED[encoding][:-missing]
        server.raw["cut"] = whole_answer("200 OK", f"Content-Encoding: {encoding}", 'ETag: "1"', body=body)
        fetched = fetch_one(f"{server.url}/cut")
        assert fetched.error == "The source broke off its answer."
        assert fetched.reached
    assert not any("If-None-Match" in headers for _, headers in server.seen)


@pytest.mark.parametrize(
    ("encoding", "sentence"),
    [
        ("br", "The source answered in an encoding that it was not asked for, br."),
        ("gzip", "The source's answer is not gzip, as it says."),
        ("deflate", "The source's answer is not deflate, as it says."),
    ],
)
def test_what_cannot_be_unpacked_is_told(
    encoding: str, sentence: str, server: MonitorServer, fetch_one: FetchOne
) -> None:
    server.raw["odd"] = whole_answer("200 OK", f"Content-Encoding: {encoding}", body=b'{"value": 1}')
    assert fetch_one(f"{server.url}/odd").error == sentence


def test_what_is_packed_twice_is_no_larger_than_it_may_be(server: MonitorServer, fetch_one: FetchOne) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000))
    server.raw["bomb"] = whole_answer("200 OK", "Content-Encoding: gzip, gzip", body=bomb)
    error = fetch_one(f"{server.url}/bomb", settings={"max_size": 1e6}).error
    assert error == "The source is larger than the 1 MB that it may be."


def test_nothing_is_nothing_however_it_is_packed(server: MonitorServer, fetch_one: FetchOne) -> None:
    server.raw["none"] = whole_answer("200 OK", "Content-Encoding: gzip")
    assert fetch_one(f"{server.url}/none").content() == b""


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("Server : old", "Invalid header token"),
        ("Content-Length: 2", "Duplicate Content-Length"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding can't be present with Content-Length"),
    ],
)
def test_a_head_that_may_mean_two_things_is_told(
    header: str, fault: str, server: MonitorServer, fetch_one: FetchOne
) -> None:
    server.raw["odd"] = whole_answer("200 OK", header, body=b"{}")
    assert fetch_one(f"{server.url}/odd").error == f"The source did not answer in HTTP: {fault}."


def test_a_long_header_is_read(server: MonitorServer, fetch_one: FetchOne) -> None:
    policy = "default-src 'self' https://example.org; " * 400
    server.raw["long"] = whole_answer("200 OK", f"Content-Security-Policy: {policy}", body=b"{}")
    assert fetch_one(f"{server.url}/long").json() == {}
