"""Bodies and failures: what every way of fetching ends with."""

import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from happyface.contract.columns import storable
from happyface.contract.fetched import Fetched
from happyface.contract.source import Source

CHUNK = 64 * 1024
"""Bytes that are read at a time."""
_LONGEST_REASON = 500


class TooLargeError(Exception):
    """A body is larger than it may be."""


class UnusableSourceError(Exception):
    """A source's own settings cannot be used; its text is the sentence."""


async def write_body(chunks: AsyncIterator[bytes], file: Path, limit: float) -> None:
    """Write what comes to a file.

    Raises:
        TooLargeError: it is more than ``limit`` bytes.
    """
    size = 0
    with file.open("wb") as body:
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise TooLargeError
            body.write(chunk)


def failure(source: Source, sentence: str, reached: bool = False, may_pass: bool = False) -> Fetched:
    """A source that could not be fetched, and why."""
    return Fetched(source.display_url, one_line(sentence), reached=reached, may_pass=may_pass)


def one_line(text: str) -> str:
    """A text of others on one line, not too long, and such that every database takes it."""
    return storable(" ".join(text.split())[:_LONGEST_REASON])


def os_reason(error: Exception) -> str:
    """An error of the system or of TLS in a few words."""
    if reason := getattr(error, "reason", "") if isinstance(error, ssl.SSLError) else "":
        return f"TLS failed ({reason.lower().replace('_', ' ')})"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower() if error.errno > 0 else str(error)
    return " ".join(str(error).split())[:200] or type(error).__name__
