"""Which files are images: the one table of their kinds."""

import re

_IMAGE_STARTS = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF8": "gif",
    b"BM": "bmp",
}


def image_kind(start: bytes) -> str:
    for magic, kind in _IMAGE_STARTS.items():
        if start.startswith(magic):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "webp"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    return (
        "svg"
        if re.match(rb"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]", text, re.DOTALL)
        else ""
    )
