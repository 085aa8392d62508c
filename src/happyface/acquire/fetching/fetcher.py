"""Fetching: all sources of a run at once, each to a file, none longer or larger than it may be.

A fetch that fails is data: a :class:`Fetched` with a sentence. Nothing here raises for what a server does.
"""

import asyncio
import logging
import os
import shutil
import stat
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from happyface.acquire.fetching.bodies import LocalFaultError, TooLargeError, UnusableSourceError, failure, local_faults
from happyface.acquire.fetching.cache import Cache
from happyface.acquire.fetching.commands import run_command
from happyface.acquire.workers.forking import Zygote
from happyface.contract.fetched import Fetched
from happyface.contract.limits import AHEAD
from happyface.contract.source import Source
from happyface.contract.units import human
from happyface.site.secrets import resolve
from happyface.site.settings import DownloadSettings

log = logging.getLogger(__name__)

USUAL_INTERVAL = 900.0
"""Seconds between two runs of a site whose runs something else starts."""
FIRST_PAUSE = 0.3
"""Seconds before the second attempt; doubled before each further one."""


class _Threads(ThreadPoolExecutor):
    """Threads for what blocks, such as a name server or a file system that is gone: the run's end waits for none."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)


class Fetcher:
    """Fetches the sources of one run.

    Args:
        settings: limits of time, size and number.
        root: the site, against which files and secrets are resolved; commands run there.
        directory: where bodies are written.
        cache: what earlier runs kept for conditional requests.
        zygote: what commands are forked from.
        on_progress: called whenever a source is done.
        interval: seconds between two runs, by which files grow old.
    """

    def __init__(
        self,
        settings: DownloadSettings,
        root: Path,
        directory: Path,
        cache: Cache,
        zygote: Zygote,
        on_progress: Callable[[], None] = lambda: None,
        interval: float = USUAL_INTERVAL,
    ) -> None:
        self.settings = settings
        self.root = root
        self.directory = directory
        self.cache = cache
        self.zygote = zygote
        self.on_progress = on_progress
        self.max_age = settings.max_age_intervals * interval
        self._copies: dict[tuple[str, float], asyncio.Task[tuple[Path, os.stat_result]]] = {}

    def fetch(self, sources: Iterable[Source]) -> dict[str, Fetched]:
        """Fetch all sources, equal ones once; the answers by :attr:`Source.identity`."""
        unique = {source.identity: source for source in sources}
        return asyncio.run(self._all(unique)) if unique else {}

    async def _all(self, sources: dict[str, Source]) -> dict[str, Fetched]:
        asyncio.get_running_loop().set_default_executor(_Threads(self.settings.connections))
        self._slots = asyncio.Semaphore(self.settings.connections)
        async with AsyncExitStack() as stack:
            if any(source.kind == "http" for source in sources.values()):
                from happyface.acquire.fetching.http import (
                    WebClient,  # a site of files and commands need not wait for aiohttp
                )

                self._web = await stack.enter_async_context(WebClient(self.root, self.cache).opened())
            return await self._until_deadline(sources)

    async def _until_deadline(self, sources: dict[str, Source]) -> dict[str, Fetched]:
        hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(self.settings.connections_per_host)
        )
        tasks = {
            asyncio.create_task(self._one(source, self.directory / str(number), hosts[_host(source)])): key
            for number, (key, source) in enumerate(sources.items())
        }
        done, pending = await asyncio.wait(tasks, timeout=self.settings.deadline)
        answers = {tasks[task]: task.result() for task in done}
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        late = f"did not answer before the run's deadline of {human(self.settings.deadline, 'seconds')}"
        return answers | {tasks[task]: failure(sources[tasks[task]], f"The source {late}.") for task in pending}

    async def _one(self, source: Source, file: Path, host: asyncio.Semaphore) -> Fetched:
        async with host, self._slots:
            begun, now = time.monotonic(), time.time()
            limit = source.timeout or self.settings.timeout
            try:
                async with asyncio.timeout(limit):
                    answer = await self._attempts(source, file)
            except TimeoutError:
                answer = failure(source, f"The source did not answer within {human(limit, 'seconds')}.")
            seconds = time.monotonic() - begun
            self.on_progress()
            return replace(answer, seconds=seconds, fetched_at=now)

    async def _attempts(self, source: Source, file: Path) -> Fetched:
        tries = self.settings.retries if source.retries is None else source.retries
        pause = FIRST_PAUSE
        while True:
            answer = await self._attempt(source, file)
            if not answer.may_pass or tries <= 0:
                return answer
            await asyncio.sleep(pause)
            tries, pause = tries - 1, pause * 2

    async def _attempt(self, source: Source, file: Path) -> Fetched:
        limit = source.max_size or self.settings.max_size
        try:
            with local_faults():
                return await self._kind(source, file, limit)
        except LocalFaultError as error:
            return failure(source, str(error), may_pass=True, local_fault=True)
        except UnusableSourceError as error:
            return failure(source, str(error))
        except TooLargeError:
            return failure(
                source, f"The source is larger than the {human(limit, 'bytes')} that it may be.", reached=True
            )
        except ValueError as error:
            return failure(source, f"The source could not be asked for: {error}.")
        except Exception as error:  # a bug is logged whole, and costs no other source its answer
            log.exception("%s could not be fetched", source.display_url)
            return failure(source, f"The source could not be fetched: {type(error).__name__}.")

    async def _kind(self, source: Source, file: Path, limit: float) -> Fetched:
        if source.kind == "http":
            return await self._web.fetch(source, file, limit)
        if source.kind == "command":
            return await run_command(source, file, self.root, limit, self.zygote)
        return await self._read_file(source, file, limit)

    async def _read_file(self, source: Source, file: Path, limit: float) -> Fetched:
        """A file's content: all that name it in this run are given the same, whatever else their sources say."""
        key = source.target, limit
        if key not in self._copies:
            self._copies[key] = asyncio.create_task(asyncio.to_thread(self._copy, source.target, file, limit))
            self._copies[key].add_done_callback(lambda task: self._forget_failed(key, task))
        try:
            # Shielded: who gives up first takes the copy from nobody else.
            copy, state = await asyncio.shield(self._copies[key])
        except OSError as error:
            return failure(source, f"The file {source.display_url} cannot be read: {error.strerror}.")
        if fault := self._file_fault(source, state, limit):
            return failure(source, fault, reached=True)
        return Fetched(source.display_url, file=copy, size=copy.stat().st_size)

    def _forget_failed(self, key: tuple[str, float], task: asyncio.Task[tuple[Path, os.stat_result]]) -> None:
        if task.cancelled() or task.exception():
            self._copies.pop(key, None)  # another attempt copies anew

    def _copy(self, target: str, file: Path, limit: float) -> tuple[Path, os.stat_result]:
        """Copy a file as it is now, unless it is none, or too large; with its state before that."""
        path = self.root / resolve(target, self.root)
        with local_faults():
            state = path.stat()
            if stat.S_ISREG(state.st_mode) and state.st_size <= limit:
                shutil.copyfile(path, file)
        return file, state

    def _file_fault(self, source: Source, state: os.stat_result, limit: float) -> str:
        """Why a file is not read; empty where nothing speaks against it."""
        if not stat.S_ISREG(state.st_mode):
            return f"{source.display_url} is not a file."
        if state.st_size > limit:
            raise TooLargeError
        # Who should write it may have stopped long ago: what it said then is not what is so now.
        oldest = self.max_age if source.max_age is None else source.max_age
        age = time.time() - state.st_mtime
        if not oldest or -AHEAD <= age <= oldest:
            return ""
        # The time and not the age, which each run would have stored anew.
        written = f"was last written {datetime.fromtimestamp(state.st_mtime, UTC):%Y-%m-%d %H:%M} UTC"
        if age < 0:
            return f"The file {source.display_url} {written}, which is in the future: its age is not known."
        limit_text = f"longer ago than the {human(oldest, 'seconds')} that it may be (max_age)"
        return f"The file {source.display_url} {written}, {limit_text}."


def _host(source: Source) -> str:
    """What is spared by the limit a host: commands and files of this machine are one host each."""
    return urlsplit(source.target).netloc if source.kind == "http" else source.kind
