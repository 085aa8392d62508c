"""Compressed answers: unpacked piece by piece, so that a small one cannot fill the memory, and to their very end."""

import zlib
from collections.abc import AsyncIterator, Iterator

from happyface.acquire.fetching.bodies import CHUNK

ACCEPTED = "gzip, deflate"
"""What is asked for."""
_GZIP, _ZLIB, _RAW = 31, 15, -15  # as zlib tells them apart


class EncodingError(Exception):
    """An answer that cannot be unpacked; its text is the sentence."""


class _Inflater:
    """One layer of compression."""

    def __init__(self, coding: str) -> None:
        self._gzip = coding in ("gzip", "x-gzip")
        self._stream: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What comes of some more of it, in pieces of bounded length."""
        while data:
            if self._stream is None or self._stream.eof:
                if self._stream and not (self._gzip and data.startswith(b"\x1f")):
                    return  # padding; only gzip may have several parts
                self._stream = zlib.decompressobj(self._kind(data))
            yield self._stream.decompress(data, CHUNK)
            data = self._stream.unconsumed_tail or self._stream.unused_data

    def finish(self) -> bytes:
        """What is left, at the end. Raises EncodingError if the end is missing."""
        if self._stream is None:
            return b""
        rest = self._stream.flush()
        if not self._stream.eof:
            raise EncodingError("The source broke off its answer.")
        return rest

    def _kind(self, data: bytes) -> int:
        # "deflate" should be zlib's format; many servers send it without zlib's head.
        return _GZIP if self._gzip else _ZLIB if data[0] & 15 == 8 else _RAW


async def unpacked(chunks: AsyncIterator[bytes], content_encoding: str) -> AsyncIterator[bytes]:
    """A body without its compression.

    Args:
        chunks: the body as it comes.
        content_encoding: the header of that name, which may name several, the last applied first.

    Raises:
        EncodingError: it is of an encoding that was not asked for, not of the one that is said, or cut.
    """
    codings = [name for part in content_encoding.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    if strange := next((name for name in codings if name not in ("gzip", "x-gzip", "deflate")), ""):
        raise EncodingError(f"The source answered in an encoding that it was not asked for, {strange[:20]}.")
    layers = [_Inflater(name) for name in reversed(codings)]
    try:
        async for chunk in chunks:
            for piece in _through(layers, chunk):
                yield piece
        for number, layer in enumerate(layers):
            for piece in _through(layers[number + 1 :], layer.finish()):
                yield piece
    except zlib.error as error:
        raise EncodingError(f"The source's answer is not {content_encoding[:20]}, as it says.") from error


def _through(layers: list[_Inflater], data: bytes) -> Iterator[bytes]:
    if not layers:
        yield data
        return
    for piece in layers[0].feed(data):
        yield from _through(layers[1:], piece)
