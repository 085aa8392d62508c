"""Sources that are commands: what they print is the body."""

import asyncio
import contextlib
import os
import shlex
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from happyface.acquire.fetching.bodies import CHUNK, failure, local_faults, write_body
from happyface.contract.fetched import Fetched
from happyface.contract.masking import public_quote, public_text
from happyface.contract.source import Source
from happyface.site.processes import end_with_parent
from happyface.site.secrets import resolve

_PART = 180
"""Bytes of the beginning, and of the end, of what a command complained about."""

_LOOK = 0.02
"""Seconds between two looks whether a command has ended."""
_LAST_WORDS = 0.5
"""Seconds for reading what is left in its pipes then."""


async def run_command(source: Source, file: Path, root: Path, limit: float) -> Fetched:
    """Run a command, and keep what it prints.

    Args:
        source: the command.
        file: where its output goes.
        root: the site, in which it runs.
        limit: how many bytes it may print.

    Raises:
        TooLargeError: it prints more.
    """
    written = shlex.split(source.target)
    # Split before secrets are filled in: one with a blank or a quote in it stays one word.
    words, name = [resolve(word, root) for word in written], public_text(written[0])
    try:
        with local_faults():
            process = await _started(words, root)
    except OSError as error:
        return failure(source, f"The command {name} cannot be run: {error.strerror}.")
    stdout, stderr = _pipes(process)
    ending = asyncio.create_task(_close_when_ended(process, stdout, stderr))
    try:
        _, complaint = await asyncio.gather(write_body(_chunks(stdout), file, limit), _complaint(stderr))
        await ending
    finally:
        ending.cancel()
        await _end(process)
    if process.returncode:
        complaint = public_quote(complaint, words, written)
        complained = f": {complaint}" if complaint else ""
        return failure(source, f"The command {name} ended with status {process.returncode}{complained}.", reached=True)
    return Fetched(source.display_url, file=file, size=file.stat().st_size)


async def _started(words: Sequence[str], root: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *words,
        cwd=root,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        preexec_fn=end_with_parent,
    )


def _pipes(process: asyncio.subprocess.Process) -> tuple[asyncio.StreamReader, asyncio.StreamReader]:
    if process.stdout is None or process.stderr is None:
        raise RuntimeError("the command was started without its pipes")
    return process.stdout, process.stderr


async def _close_when_ended(process: asyncio.subprocess.Process, *pipes: asyncio.StreamReader) -> None:
    """Let a command's end be the end of its output, though something that it has started may hold that open."""
    while process.returncode is None:
        await asyncio.sleep(_LOOK)
    if not all(pipe.at_eof() for pipe in pipes):
        await asyncio.sleep(_LAST_WORDS)
    for pipe in pipes:
        pipe.feed_eof()


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


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a command with everything that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process._transport.close()  # type: ignore[attr-defined]  # it waits for its pipes, which others may hold open
    await process.wait()
