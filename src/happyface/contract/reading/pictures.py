"""Whether bytes are a whole image: judged by its structure to the end, without decoding it.

A text may begin like an image, and an image that was cut begins as a whole one does.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from struct import error as StructError
from struct import unpack_from

from lxml import etree

from happyface.contract.reading.text import decode

MOST_PIXELS = 100_000_000
"""A browser needs four bytes for each, however small the file is."""

Size = tuple[int, int]
"""Width and height, in pixels."""
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of JPEG that tell the size."""


class BrokenImageError(Exception):
    """What is wrong with an image, as the rest of a sentence about it."""


def image_kind(body: bytes) -> str:
    """The ending that fits an image, such as ``png``; empty for what is none.

    Raises:
        BrokenImageError: it is one that is cut or broken, or larger than a page can bear.
    """
    kind = next((kind for kind, start in _STARTS.items() if start.match(body)), "")
    if not kind:
        return "svg" if _is_svg(body) else ""
    try:
        width, height = _SIZES[kind](body)
    except (StructError, IndexError, ValueError) as error:
        raise BrokenImageError(f"is a {kind.upper()} image that is cut or broken") from error
    if width * height > MOST_PIXELS:
        raise BrokenImageError(f"is an image of {width} × {height} pixels, more than a page can bear")
    return kind


def _png(body: bytes) -> Size:
    place, found = 8, set[bytes]()
    while b"IEND" not in found:
        length, name = unpack_from(">I4s", body, place)
        (checksum,) = unpack_from(">I", body, place + 8 + length)
        if zlib.crc32(body[place + 4 : place + 8 + length]) != checksum or (name == b"IHDR") == bool(found):
            raise ValueError(name)
        found.add(name)
        place += 12 + length
    if b"IDAT" not in found:
        raise ValueError("no pixels")
    width, height = unpack_from(">II", body, 16)
    return width, height


def _jpeg(body: bytes) -> Size:
    place, size = 2, None
    while (marker := body[place + 1]) != 0xDA:  # where the pixels begin
        if body[place] != 0xFF:
            raise ValueError(place)
        if marker == 0xFF:  # padding
            place += 1
            continue
        if marker in _FRAMES:
            height, width = unpack_from(">HH", body, place + 5)
            size = (width, height)
        place += 2 + max(2, unpack_from(">H", body, place + 2)[0])
    # In the pixels, each FF is followed by a 0: this is the end.
    if size is None or body.find(b"\xff\xd9", place) < 0:
        raise ValueError("no end")
    return size


def _gif(body: bytes) -> Size:
    width, height, packed = unpack_from("<HHB", body, 6)
    place, images = 13 + _colours(packed), 0
    while (kind := body[place]) != 0x3B:
        if kind == 0x2C:
            place += 10 + _colours(body[place + 9]) + 1
            images += 1
        elif kind == 0x21:
            place += 2
        else:
            raise ValueError(kind)
        while length := body[place]:
            place += 1 + length
        place += 1
    if not images:
        raise ValueError("no image")
    return width, height


def _colours(packed: int) -> int:
    """The bytes of a GIF's table of colours."""
    return 3 * 2 ** ((packed & 7) + 1) if packed & 0x80 else 0


def _bmp(body: bytes) -> Size:
    start, header = unpack_from("<II", body, 10)
    if header == 12:
        width, height, _, bits = unpack_from("<HHHH", body, 18)
        packed, stored = 0, 0
    else:
        width, height, _, bits, packed, stored = unpack_from("<iiHHII", body, 18)
    rows = stored if packed in (1, 2, 4, 5) else (width * bits + 31) // 32 * 4 * abs(height)
    if width <= 0 or not height or start + rows > len(body):
        raise ValueError(start)
    return width, abs(height)


def _webp(body: bytes) -> Size:
    (length,) = unpack_from("<I", body, 4)
    if 8 + length > len(body):
        raise ValueError(length)
    kind = body[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[24:27], "little"), 1 + int.from_bytes(body[27:30], "little")
    if kind == b"VP8L":
        (packed,) = unpack_from("<I", body, 21)
        return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    if kind != b"VP8 ":
        raise ValueError(kind)
    width, height = unpack_from("<HH", body, 26)
    return width & 0x3FFF, height & 0x3FFF


# With enough of each that a text which happens to begin so is no image: "BM" begins many a sentence.
_STARTS: Mapping[str, re.Pattern[bytes]] = {
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "gif": re.compile(rb"GIF8[79]a"),
    "bmp": re.compile(rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
_SIZES: Mapping[str, Callable[[bytes], Size]] = {"png": _png, "jpg": _jpeg, "gif": _gif, "bmp": _bmp, "webp": _webp}


def _is_svg(body: bytes) -> bool:
    """Whether it is an XML document whose root is a drawing.

    Raises:
        BrokenImageError: it begins as one, and is not well-formed, or would grow by its entities.
    """
    text = decode(body)
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return False
    parser = etree.XMLPullParser(
        ("start",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    root = None
    try:
        parser.feed(text.encode("utf-8", "replace"))
        root = _root(parser)
        parser.close()
    except etree.XMLSyntaxError as error:
        root = root if root is not None else _root(parser)
        if root is not None and etree.QName(root).localname == "svg":
            raise BrokenImageError("is an SVG image that is cut or broken") from error
        return False
    if root is None or etree.QName(root).localname != "svg":
        return False
    if _entities_grow(root):
        raise BrokenImageError("is an SVG image whose entities hold each other, which is refused")
    return True


def _root(parser: etree.XMLPullParser) -> etree._Element | None:
    with suppress(etree.XMLSyntaxError):  # told where the document is read, too
        for _, element in parser.read_events():
            return element if isinstance(element, etree._Element) else None
    return None


def _entities_grow(root: etree._Element) -> bool:
    """Whether an entity holds another: a few such lines make gigabytes in the browser."""
    dtd = root.getroottree().docinfo.internalDTD
    return dtd is not None and any("&" in (entity.content or "") for entity in dtd.iterentities())  # type: ignore[attr-defined]
