"""Images of others: whole ones are taken, texts and halves are not."""

import base64
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from happyface import Fetched, SourceError
from servers import PNG, XML_BOMB

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="30"><rect width="20" height="20"/></svg>'
BITMAP = b"BM" + struct.pack("<IIIIiiHHIIiiII", 58, 0, 54, 40, 1, -1, 1, 24, 0, 0, 0, 0, 0, 0) + b"\0\0\xff\0"
OLD_BITMAP = b"BM" + struct.pack("<IIIIHHHH", 30, 0, 26, 12, 1, 1, 1, 24) + b"\0\0\xff\0"
GIF = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
WEBP = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    b"\xff\xe1\x00\x06\xff\xd9\xff\xd9"  # a small preview that has an end of its own
    b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\0"
    b"\xff\xda\x00\x08\x01\x01\0\0\x3f\0\xff\x00\x12\xff\xd9"
)
DRAWINGS = {
    "plain": SVG,
    "blanks": f"\n {SVG}",
    "stylesheet": f'<?xml version="1.0"?>\n<?xml-stylesheet type="text/css" href="x.css"?>\n{SVG}',
    "licence": f'<?xml version="1.0"?>\n<!--{"A long text. " * 5000}-->\n{SVG}',
    "prefix": '<d:svg xmlns:d="http://www.w3.org/2000/svg" width="3" height="3"><d:g/></d:svg>',
    "entity": f'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd" [<!ENTITY flows "http://example.org/">]>{SVG}',
}
WHOLE = {
    "png": [PNG],
    "jpg": [JPEG],
    "gif": [GIF],
    "bmp": [BITMAP, OLD_BITMAP],
    "webp": [WEBP],
    "svg": [
        *(each.encode() for each in DRAWINGS.values()),
        f'<?xml version="1.0" encoding="utf-16"?>{SVG}'.encode("utf-16"),
    ],
}


@pytest.fixture
def image(tmp_path: Path) -> Callable[[bytes], str]:
    """The name under which a body is kept as an image."""

    def keep(body: bytes) -> str:
        (tmp_path / "body").write_bytes(body)
        return Fetched("x", file=tmp_path / "body").image().name

    return keep


@pytest.mark.parametrize(("kind", "body"), [(kind, body) for kind, bodies in WHOLE.items() for body in bodies])
def test_a_whole_image_is_one(kind: str, body: bytes, image: Callable[[bytes], str]) -> None:
    assert image(body) == f"image.{kind}"


@pytest.mark.parametrize("body", [body for bodies in WHOLE.values() for body in bodies])
def test_an_image_that_was_cut_is_none(body: bytes, image: Callable[[bytes], str]) -> None:
    for length in {len(body) * part // 8 for part in range(1, 8)} | {len(body) - 8}:
        with pytest.raises(SourceError, match=r"is not an image|image that is cut or broken"):
            image(body[:length])


@pytest.mark.parametrize(
    "body",
    [
        b"BMC of node wn042 does not answer; no plot today",
        b"GIF89 is not supported by this renderer",
        b"RIFF is not WEBP",
        b"<html><svg></svg></html>",
        b"<!DOCTYPE html><html><body><svg></svg></body></html>",
        b"<p>no graph<br>today",
        b"<" * 1_000_000,
        b"<!-- " + b"<!-- -->" * 100_000,
        XML_BOMB,
    ],
)
def test_a_text_is_no_image(body: bytes, image: Callable[[bytes], str]) -> None:
    with pytest.raises(SourceError, match="is not an image"):
        image(body)


def test_a_changed_byte_is_seen(image: Callable[[bytes], str]) -> None:
    with pytest.raises(SourceError, match="x is a PNG image that is cut or broken"):
        image(PNG.replace(b"IDATx", b"IDATy"))


def test_a_drawing_that_would_grow_is_refused(image: Callable[[bytes], str]) -> None:
    entities = '<!ENTITY a "ha"><!ENTITY b "&a;&a;">'
    with pytest.raises(SourceError, match="whose entities hold each other"):
        image(f"<!DOCTYPE svg [{entities}]>{SVG}".encode())


def test_an_image_that_no_browser_can_bear_is_refused(image: Callable[[bytes], str]) -> None:
    head = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    place = PNG.index(b"IHDR")
    huge = PNG[:place] + head + struct.pack(">I", zlib.crc32(head)) + PNG[place + len(head) + 4 :]
    with pytest.raises(SourceError, match="60000 × 60000 pixels, more than a page can bear"):
        image(huge)
