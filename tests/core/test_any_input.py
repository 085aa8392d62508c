"""Whatever stands in a file or comes from a server is read, or is one sentence; nothing else happens."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from happyface.contract.fetched import Fetched
from happyface.contract.source import Source
from happyface.errors import HappyFaceError, SourceError
from happyface.site import read_site
from happyface.site.config.problems import Problem
from happyface.site.sections import Section, read_sections
from making import PROBE

ANYWHERE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KEYS = ["module", "source", "source.timeout", "source.header.x", "weight", "limits.value", "warning", "name", "type"]
VALUES = [
    "probe",
    "http://x/%20",
    "%(name)s",
    "%(",
    "${env:HOME}",
    "${file:/}",
    "1e5",
    "warning > 5",
    "value > 1",
    "a;b ; c",
]
lines = st.one_of(
    st.sampled_from(
        ["[a]", "[b]", "[DEFAULT]", "[", "[]", "[[x]]", "; note", "# note", "", "  more", "key", "=", ":x"]
    ),
    st.tuples(st.sampled_from(KEYS), st.sampled_from([" = ", "=", ": "]), st.sampled_from(VALUES)).map("".join),
    st.text(max_size=20),
)
texts = st.lists(lines, max_size=12).map("\n".join)


def check_sentence(error: Exception) -> None:
    assert str(error).strip().encode("utf-8", "surrogatepass")
    assert len(str(error)) < 20_000


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for place in ("config/categories-enabled", "config/modules-enabled", "modules"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "modules/probe.py").write_text(PROBE)
    return tmp_path


@ANYWHERE
@given(texts, texts, texts)
@example("[happyface]\ntimezone = ../../etc/passwd\n", "[all]\nmodules = a\n", "[a]\nmodule = probe\nsource = x\n")
@example("[DEFAULT]\nx = %(x)s\n", "[DEFAULT]\nmodules = a\n[all]\n", "[DEFAULT]\nmodule = probe\n[a]\n")
def test_any_configuration_is_a_site_or_sentences(site: Path, one: str, two: str, three: str) -> None:
    files = {"config/x.cfg": one, "config/categories-enabled/x.cfg": two, "config/modules-enabled/x.cfg": three}
    for name, text in files.items():
        (site / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        assert read_site(site).outline.text
    except HappyFaceError as error:
        check_sentence(error)


@ANYWHERE
@given(st.binary(max_size=200))
def test_any_bytes_are_sections_or_sentences(site: Path, content: bytes) -> None:
    path = site / "config/x.cfg"
    path.write_bytes(content)
    problems: list[Problem] = []
    found = read_sections([path], site, problems)
    assert all(isinstance(section, Section) for section in found.values())


@ANYWHERE
@given(st.text(max_size=60))
@example("http://[::1/")
@example("http://\u2100.example.org/")
@example("both||both||x")
@example("command:'")
@example("both|'|http://x/")
@example("both|-t x|http://x/")
@example("file://")
def test_any_text_is_a_source_or_a_sentence(text: str) -> None:
    try:
        assert Source.parse(text).display_url is not None
    except ValueError as error:
        check_sentence(error)


starts = st.sampled_from(
    [
        b"",
        b"<",
        b"<?xml version='1.0'?>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"{",
        b"[1, NaN",
        b"\xef\xbb\xbf",
        b"\x89PNG\r\n\x1a\n",
        b"<svg ",
        b"\xff\xfe<\0a\0/\0>\0",
        b"<html>",
        b'"a',
        b"RIFF1234WEBP",
    ]
)
READERS: list[Callable[[Fetched], object]] = [
    Fetched.text,
    Fetched.json,
    Fetched.xml,
    Fetched.html,
    Fetched.csv,
    Fetched.image,
    Fetched.content,
]


@ANYWHERE
@given(
    starts,
    st.binary(max_size=60),
    st.sampled_from(["", "text/xml; charset=utf-16", "x; charset=nonsense", "charset=rot13", "charset=idna"]),
)
@example(b"", b"[" * 100_000, "")
@example(b"", b"<a>" * 100_000, "")
@example(b"", b"1" * 10_000, "")
@example(b"", b'"' + b"x" * 200_000, "")
@example(b"", b"a,b\n1,2,3,4\n", "")
def test_any_body_is_read_or_a_sentence(tmp_path: Path, start: bytes, rest: bytes, content_type: str) -> None:
    body = tmp_path / "body"
    body.write_bytes(start + rest)
    fetched = Fetched("https://example.org/", file=body, size=1, content_type=content_type)
    for read in READERS:
        try:
            read(fetched)
        except SourceError as error:
            check_sentence(error)
