"""Which files are images: the one table of their kinds, by the ending of a name and by the first bytes."""

import re
from collections.abc import Mapping

IMAGE_TYPES: Mapping[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "svg": "image/svg+xml",
}
"""The media types of images that browsers show, by the endings of their files."""

_STARTS = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF8": "gif",
    b"BM": "bmp",
}
# SVG has no magic number: what counts is its first element, after prolog, comments and doctype.
_SVG = re.compile(rb"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]", re.DOTALL)


def image_kind(start: bytes) -> str:
    """The ending that fits a file's first bytes, such as ``png``; empty for what is no image."""
    for magic, kind in _STARTS.items():
        if start.startswith(magic):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":  # RIFF is a container; its kind stands behind its length
        return "webp"
    return "svg" if _SVG.match(start.lstrip(b"\xef\xbb\xbf \t\r\n")) else ""


def image_type(name: str) -> str:
    """The media type of an image by its name; empty for what is no image."""
    return IMAGE_TYPES.get(name.rpartition(".")[2].lower(), "")


def is_image_name(path: object) -> bool:
    """Whether the name or path of a file is that of an image."""
    return isinstance(path, str) and "." in path and bool(image_type(path))
