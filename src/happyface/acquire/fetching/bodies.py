"""Bodies and failures: what every way of fetching ends with."""

import contextlib
import errno
import os
import ssl
from collections.abc import AsyncIterator, Iterator
from io import FileIO
from pathlib import Path

from happyface.contract.fetched import Fetched
from happyface.contract.quoting import one_line
from happyface.contract.source import Source

CHUNK = 64 * 1024
"""Bytes that are read at a time."""
_LOCAL_FAULTS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.ENOBUFS,
    errno.EAGAIN,  # no more processes
}
"""Errors of the system that are this machine's, whatever was being asked for."""


class TooLargeError(Exception):
    """A body is larger than it may be."""


class LocalFaultError(Exception):
    """This machine cannot do its part; its text is the sentence."""


class UnusableSourceError(Exception):
    """A source's own settings cannot be used; its text is the sentence."""


@contextlib.contextmanager
def local_faults(any_error: bool = False) -> Iterator[None]:
    """Tell what is wrong with this machine apart from what is wrong with a source.

    Args:
        any_error: whether only this machine's own files are dealt with, so that every error is its own.

    Raises:
        LocalFaultError: this machine has no space, no memory, or too many open files.
    """
    try:
        yield
    except OSError as error:
        cause = getattr(error, "os_error", error)  # aiohttp wraps the system's errors
        if any_error or cause.errno in _LOCAL_FAULTS:
            raise LocalFaultError(f"This machine could not do its part: {os_reason(cause)}.") from error
        raise


async def write_body(chunks: AsyncIterator[bytes], file: Path, limit: float) -> None:
    """Write what comes to a file.

    Raises:
        TooLargeError: it is more than ``limit`` bytes.
        LocalFaultError: it cannot be written.
    """
    size = 0
    with local_faults(any_error=True):
        body = file.open("wb", buffering=0)  # so that an error comes with the write that it is of
    with body:
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise TooLargeError
            with local_faults(any_error=True):
                _write(body, chunk)


def _write(body: FileIO, chunk: bytes) -> None:
    while chunk:  # an unbuffered file may take a part only
        chunk = chunk[body.write(chunk) :]


def failure(
    source: Source, sentence: str, reached: bool = False, may_pass: bool = False, local_fault: bool = False
) -> Fetched:
    """A source that could not be fetched, and why."""
    sentence = one_line(sentence)
    return Fetched(source.display_url, sentence, reached=reached, may_pass=may_pass, local_fault=local_fault)


def os_reason(error: Exception) -> str:
    """An error of the system or of TLS in a few words."""
    if reason := getattr(error, "reason", "") if isinstance(error, ssl.SSLError) else "":
        return f"TLS failed ({reason.lower().replace('_', ' ')})"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower() if error.errno > 0 else str(error)
    return one_line(str(error), 200) or type(error).__name__
