"""Sources that are commands: what they print is the body."""

import asyncio
import contextlib
import json
import os
import shlex
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from happyface.acquire.fetching.bodies import CHUNK, failure, local_faults, write_body
from happyface.acquire.workers.forking import Zygote, close_all, pipe
from happyface.contract.fetched import Fetched
from happyface.contract.masking import public_quote, public_text
from happyface.contract.source import Source
from happyface.site.processes import format_ending
from happyface.site.secrets import resolve

_PART = 180
"""Bytes of the beginning, and of the end, of what a command complained about."""


async def run_command(source: Source, file: Path, root: Path, limit: float, zygote: Zygote) -> Fetched:
    """Run a command, and keep what it prints until it ends; what it has started ends with it.

    Args:
        source: the command.
        file: where its output goes.
        root: the site, in which it runs.
        limit: how many bytes it may print.
        zygote: what it is forked from.

    Raises:
        TooLargeError: it prints more.
    """
    written = shlex.split(source.target)
    # Split before secrets are filled in: one with a blank or a quote in it stays one word.
    words, name = [resolve(word, root) for word in written], public_text(written[0])
    try:
        with local_faults(), _started(words, root, zygote) as (channel, outputs):
            async with _opened(channel, outputs) as (told, stdout, stderr):
                body = write_body(_chunks(stdout), file, limit)
                _, complaint, status = await asyncio.gather(body, _complaint(stderr), _status(told))
    except OSError as error:
        return failure(source, f"The command {name} cannot be run: {error.strerror}.")
    if status:
        complaint = public_quote(complaint, words, written)
        complained = f": {complaint}" if complaint else ""
        ended = format_ending(status) if isinstance(status, int) else f"{status} status"
        return failure(source, f"The command {name} ended with {ended}{complained}.", reached=True)
    return Fetched(source.display_url, file=file, size=file.stat().st_size, ended_well=True)


@contextlib.contextmanager
def _started(words: Sequence[str], root: Path, zygote: Zygote) -> Iterator[tuple[socket.socket, list[int]]]:
    """A command under its keeper: the socket to that, which ends it when it is closed, and the ends of its pipes."""
    reads, writes = pipe(2)
    try:
        channel = zygote.start({"command": words, "directory": str(root)}, writes)
    except OSError:
        close_all(reads)
        raise
    finally:
        close_all(writes)
    with channel:
        yield channel, reads


@contextlib.asynccontextmanager
async def _opened(
    channel: socket.socket, outputs: Sequence[int]
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamReader, asyncio.StreamReader]]:
    """What its keeper tells, what a command prints, and what it complains about."""
    told, writer = await asyncio.open_connection(sock=channel)
    opened = [await _reader(output) for output in outputs]
    try:
        yield told, opened[0][0], opened[1][0]
    finally:
        writer.close()
        for _, transport in opened:
            transport.close()


async def _reader(descriptor: int) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    return reader, transport


async def _status(told: asyncio.StreamReader) -> int | str:
    """The exit status of a command. Raises OSError where it could not be started."""
    try:
        found = json.loads(await told.readline() or "{}")
    except ConnectionError:
        found = {}
    if "unstarted" in found:
        raise OSError(found["unstarted"], os.strerror(found["unstarted"]))
    return int(found["ended"]) if "ended" in found else "unknown"  # its keeper was killed


async def _chunks(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while chunk := await stream.read(CHUNK):
        yield chunk


async def _complaint(stream: asyncio.StreamReader) -> str:
    """The beginning and the end of what a command complained about, on one line: the cause is in either."""
    begun, ended, dropped = b"", b"", False
    async for chunk in _chunks(stream):
        room = _PART - len(begun)
        begun, rest = begun + chunk[:room], ended + chunk[room:]
        ended, dropped = rest[-_PART:], dropped or len(rest) > _PART
    # What was left out may have split a letter.
    parts = (begun, ended) if dropped else (begun + ended,)
    return " … ".join(" ".join(part.decode("utf-8", "replace").strip("\ufffd").split()) for part in parts).rstrip(".")
