"""Bytes of others: whatever their charset and their faults, texts are read as they were meant."""

import codecs
import json
from pathlib import Path
from typing import Any

import pytest

from happyface import Fetched, SourceError

WORDS = "Betrieb läuft störungsfrei"
LATIN = WORDS.encode("latin-1")


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """A body as modules are handed it."""

    def make(body: bytes, content_type: str = "") -> Fetched:
        (tmp_path / "body").write_bytes(body)
        return Fetched("x", file=tmp_path / "body", content_type=content_type)

    return make


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (WORDS.encode(), ""),
        (WORDS.encode(), "text/plain; charset=no-such-charset"),
        (WORDS.encode(), "text/plain; charset=base64"),
        (WORDS.encode(), "text/plain; charset=us-ascii"),
        (b'<meta charset="iso-8859-1">' + LATIN, "text/html; charset=us-ascii"),
        (WORDS.encode(), "text/plain; charset=idna"),
        (WORDS.encode(), "text/plain; charset=unicode_escape"),
        (codecs.BOM_UTF8 + WORDS.encode(), "text/plain; charset=iso-8859-1"),
        (WORDS.encode("utf-16"), "text/html"),
        (WORDS.encode("utf-32"), ""),
        (WORDS.encode("utf-16-le"), ""),
        (WORDS.encode("utf-16-be"), ""),
        (LATIN, ""),
        (LATIN, "text/plain; charset='ISO-8859-1'"),
        (b'<html><head><meta charset="iso-8859-1">' + LATIN, "text/html"),
        (b"<meta http-equiv=Content-Type content='text/html; charset=windows-1252'>" + LATIN, ""),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><s>' + LATIN + b"</s>", "text/xml"),
        (b'<meta charset="iso-8859-1">' + WORDS.encode(), "text/html; charset=UTF-8"),
        (b'<meta charset="utf-16">' + WORDS.encode(), ""),
    ],
)
def test_a_text_is_read_by_the_charset_that_is_meant(body: bytes, content_type: str, read: Any) -> None:
    assert read(body, content_type).text().endswith((WORDS, f"{WORDS}</s>"))


def test_a_text_that_was_cut_in_a_letter_stays_utf_8(read: Any) -> None:
    assert read("déjà là".encode()[:-1]).text() == "déjà l\ufffd"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", LATIN),
        ('<?xml version="1.0" encoding="ISO-8859-1"?>', LATIN),
        ('<?xml version="1.0" encoding="ISO-8859-1"?>', None),
        ('<?xml version="1.0" encoding="utf-16"?>', None),
    ],
)
def test_xml_is_read_by_its_charset(head: str, body: bytes | None, read: Any) -> None:
    document = f"{head}<s>".encode() + body + b"</s>" if body else f"{head}<s>{WORDS}</s>".encode("utf-16")
    assert read(document).xml().text == WORDS


def test_the_header_goes_before_the_declaration_of_xml(read: Any) -> None:
    document = f'<?xml version="1.0" encoding="iso-8859-1"?><s>{WORDS}</s>'.encode()
    assert read(document, "text/xml; charset=utf-8").xml().text == WORDS


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (rb'{"C:\ Drive": 2}', "", "C:\\ Drive"),
        (rb'{"C:\users\\\"\u00e4\n": 2}', "", 'C:\\users\\"ä\n'),
        (b'{"one\x07\ttwo": 2}', "", "one\x07\ttwo"),
        ('{"Déconnecté": 2}'.encode("latin-1"), "application/json; charset=ISO-8859-1", "Déconnecté"),
        ('{"Déconnecté": 2}'.encode("latin-1"), "application/json", "D\ufffdconnect\ufffd"),
        ('{"Déconnecté": 2}'.encode("latin-1"), "text/html", "D\ufffdconnect\ufffd"),
        ('{"Déconnect'.encode() + b'\xc3": 2}', "", "Déconnect\ufffd"),
        (codecs.BOM_UTF8 + b'{"a": 2}', "", "a"),
        ('{"ä": 2}'.encode("utf-16"), "", "ä"),
        ('{"ä": 2}'.encode("utf-16-le"), "", "ä"),
    ],
)
def test_json_is_read_with_the_faults_that_monitors_make(body: bytes, content_type: str, text: str, read: Any) -> None:
    assert read(body, content_type).json() == {text: 2}


@pytest.mark.parametrize("body", [rb'{"a\ ": 2', rb"\ ", b'{"a": \\}', b'{"a": 1}{"b": 2}', b"[" * 100_000])
def test_what_is_not_json_stays_none(body: bytes, read: Any) -> None:
    with pytest.raises(SourceError, match="is not JSON"):
        read(body).json()


@pytest.mark.parametrize("start", [b"<meta ", b"<?xml ", b"<meta " * 100_000, b'<meta charset="'])
def test_no_text_takes_long(start: bytes, read: Any) -> None:
    assert read(start + b" " * 1_000_000 + b"\xe4").text().endswith("ä")
    with pytest.raises(SourceError):
        read(b'{"' + b"\\ " * 200_000).json()


def test_a_json_text_is_a_json_text(read: Any) -> None:
    text = json.dumps({"a": ["\\", "\\u00e4", "\\\\", '"', "\t"]})
    assert read(text.encode()).json() == json.loads(text)
