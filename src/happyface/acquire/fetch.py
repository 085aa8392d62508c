"""Fetching: all sources of a run at once, each to a file, none longer or larger than it may be.

A fetch that fails is data: a :class:`Fetched` with a sentence. Nothing here raises for what a server does.
"""

import asyncio
import base64
import contextlib
import json
import logging
import os
import shlex
import signal
import ssl
import stat
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp.connector import Connection
from cryptography import x509
from cryptography.x509.oid import NameOID

from happyface.acquire.cache import Cache, Validators
from happyface.contract.columns import storable
from happyface.contract.fetched import Certificate, Fetched
from happyface.contract.source import Source
from happyface.contract.units import human
from happyface.site.processes import end_with_parent
from happyface.site.secrets import resolve
from happyface.site.settings import DownloadSettings

log = logging.getLogger(__name__)

_CHUNK = 64 * 1024
_LONGEST_REASON = 500
_AGAIN = {429, 502, 503, 504}
"""Answers that say «not now»; the source is tried again."""
_FIRST_PAUSE = 0.3
"""Seconds before the second attempt; doubled before each further one."""


class _TooLarge(Exception):
    pass


class _Unusable(Exception):
    """A source's own settings cannot be used; its text is the sentence."""


class _Threads(ThreadPoolExecutor):
    """Threads for what blocks, such as a name server or a file system that is gone: the run's end waits for none."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)


class _Response(aiohttp.ClientResponse):
    """A response that remembers its server's certificate: a short answer gives back its connection at once."""

    certificate: Certificate | None = None

    async def start(self, connection: Connection) -> Self:
        self.certificate = _certificate(connection)
        await super().start(connection)
        return self


class Fetcher:
    """Fetches the sources of one run.

    Args:
        settings: limits of time, size and number.
        root: the site, against which files and secrets are resolved; commands run there.
        directory: where bodies are written.
        cache: what earlier runs kept for conditional requests.
        on_progress: called whenever a source is done.
    """

    def __init__(
        self,
        settings: DownloadSettings,
        root: Path,
        directory: Path,
        cache: Cache,
        on_progress: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.root = root
        self.directory = directory
        self.cache = cache
        self.on_progress = on_progress
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}

    def fetch(self, sources: Iterable[Source]) -> dict[str, Fetched]:
        """Fetch all sources, equal ones once; the answers by :attr:`Source.identity`."""
        unique = {source.identity: source for source in sources}
        return asyncio.run(self._all(unique)) if unique else {}

    async def _all(self, sources: dict[str, Source]) -> dict[str, Fetched]:
        threads = _Threads(self.settings.connections)
        asyncio.get_running_loop().set_default_executor(threads)
        self._slots = asyncio.Semaphore(self.settings.connections)
        hosts: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(self.settings.connections_per_host)
        )
        proxied = any(name.lower().endswith("_proxy") for name in os.environ)
        connector = aiohttp.TCPConnector(limit=0, limit_per_host=0)
        session = aiohttp.ClientSession(connector=connector, trust_env=proxied, response_class=_Response)
        async with session as self._session:
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
            return answers | {tasks[task]: _failure(sources[tasks[task]], f"The source {late}.") for task in pending}

    async def _one(self, source: Source, file: Path, host: asyncio.Semaphore) -> Fetched:
        async with host, self._slots:
            begun, now = time.monotonic(), time.time()
            limit = source.timeout or self.settings.timeout
            try:
                async with asyncio.timeout(limit):
                    answer = await self._attempts(source, file)
            except TimeoutError:
                answer = _failure(source, f"The source did not answer within {human(limit, 'seconds')}.")
            seconds = time.monotonic() - begun
            self.on_progress()
            return replace(answer, seconds=seconds, fetched_at=now)

    async def _attempts(self, source: Source, file: Path) -> Fetched:
        tries = self.settings.retries if source.retries is None else source.retries
        pause = _FIRST_PAUSE
        while True:
            answer = await self._attempt(source, file)
            if not answer.may_pass or tries <= 0:
                return answer
            await asyncio.sleep(pause)
            tries, pause = tries - 1, pause * 2

    async def _attempt(self, source: Source, file: Path) -> Fetched:
        try:
            if source.kind == "http":
                return await self._http(source, file)
            if source.kind == "command":
                return await self._command(source, file)
            return await asyncio.to_thread(self._file, source)
        except _Unusable as error:
            return _failure(source, str(error))
        except _TooLarge:
            limit = human(source.max_size or self.settings.max_size, "bytes")
            return _failure(source, f"The source is larger than the {limit} that it may be.", reached=True)
        except aiohttp.TooManyRedirects:
            return _failure(source, "The source redirects without end.", reached=True)
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError):
            return _failure(source, "The source broke off its answer.", reached=True, may_pass=True)
        except aiohttp.ClientResponseError as error:
            return _failure(source, f"The source did not answer in HTTP: {error.message}.", reached=True)
        except aiohttp.RedirectClientError:
            return _failure(source, "The source redirects to an address that is not valid.", reached=True)
        except aiohttp.InvalidURL:  # which may hold a secret
            return _failure(source, "The source's address is not valid.")
        except (aiohttp.ClientError, OSError) as error:
            return _failure(source, f"The source could not be reached: {_reason(error)}.", may_pass=True)
        except ValueError as error:
            return _failure(source, f"The source could not be asked for: {error}.")
        except Exception as error:  # a bug is logged whole, and costs no other source its answer
            log.exception("%s could not be fetched", source.display_url)
            return _failure(source, f"The source could not be fetched: {type(error).__name__}.")

    async def _http(self, source: Source, file: Path) -> Fetched:
        kept = self.cache.validators(source) if source.method == "GET" else None
        async with self._session.request(
            source.method,
            resolve(source.target, self.root, _quoted),
            headers=self._headers(source) | (kept.headers if kept else {}),
            data=self._body(source) or None,
            ssl=self._context(source),
            allow_redirects=True,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as response:
            certificate = response.certificate if isinstance(response, _Response) else None
            if response.status == 304 and kept:
                await response.release()
                return _whole(source, self.cache.body(source, kept), kept.content_type, 200, certificate)
            await self._write(response.content.iter_chunked(_CHUNK), file, source)
            content_type = response.headers.get("Content-Type", "")
            fetched = _whole(source, file, content_type, response.status, certificate)
            if not 200 <= response.status < 300:
                told = _line(f"The source answered {response.status} {response.reason or ''}").strip()
                return replace(fetched, error=f"{told}.", may_pass=response.status in _AGAIN)
            if source.method == "GET" and response.status == 200:
                self.cache.keep(source, file, Validators.of(response.headers, content_type))
            return fetched

    def _body(self, source: Source) -> str:
        return resolve(source.body, self.root, _in_json if source.body_type == "json" else str)

    def _headers(self, source: Source) -> dict[str, str]:
        given = {name: resolve(value, self.root) for name, value in source.header.items()}
        if source.user:
            login = f"{resolve(source.user, self.root)}:{resolve(source.password, self.root)}"
            given["authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        return {"user-agent": "HappyFace", **given}

    def _context(self, source: Source) -> ssl.SSLContext | bool:
        """The TLS context of a source's options; sources with equal options share one."""
        options = (str(source.verify), source.ca, source.certificate, source.key)
        if options == ("True", "", "", ""):
            return True
        if options not in self._contexts:
            try:
                self._contexts[options] = self._new_context(source)
            except OSError as error:
                files = ", ".join(filter(None, (source.certificate, source.key, source.ca)))
                raise _Unusable(f"The certificates in {files} cannot be read: {_reason(error)}.") from error
        return self._contexts[options]

    def _new_context(self, source: Source) -> ssl.SSLContext:
        authorities = self.root / source.ca if source.ca else None
        directory = authorities if authorities and authorities.is_dir() else None
        context = ssl.create_default_context(cafile=None if directory else authorities, capath=directory)
        if not source.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if source.certificate:
            key = self.root / source.key if source.key else None
            context.load_cert_chain(self.root / source.certificate, key)
        return context

    async def _write(self, chunks: AsyncIterator[bytes], file: Path, source: Source) -> None:
        limit, size = source.max_size or self.settings.max_size, 0
        with file.open("wb") as body:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise _TooLarge
                body.write(chunk)

    def _file(self, source: Source) -> Fetched:
        path = self.root / resolve(source.target, self.root)
        try:
            state = path.stat()
            if not stat.S_ISREG(state.st_mode):
                return _failure(source, f"{source.display_url} is not a file.", reached=True)
            path.open("rb").close()
        except OSError as error:
            return _failure(source, f"The file {source.display_url} cannot be read: {error.strerror}.")
        if state.st_size > (source.max_size or self.settings.max_size):
            raise _TooLarge
        return Fetched(source.display_url, file=path, size=state.st_size)

    async def _command(self, source: Source, file: Path) -> Fetched:
        written = shlex.split(source.target)
        # Split before secrets are filled in: one with a blank or a quote in it stays one word.
        words, name = [resolve(word, self.root) for word in written], written[0]
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                cwd=self.root,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        except OSError as error:
            return _failure(source, f"The command {name} cannot be run: {error.strerror}.")
        try:
            stdout, stderr = _pipes(process)
            _, complaint = await asyncio.gather(self._write(_chunks(stdout), file, source), _tail(stderr))
            await process.wait()
        finally:
            await _end(process)
        if process.returncode:
            told = f": {complaint}" if complaint else ""
            return _failure(source, f"The command {name} ended with status {process.returncode}{told}.", reached=True)
        return Fetched(source.display_url, file=file, size=file.stat().st_size)


def _quoted(secret: str) -> str:
    """A secret as it goes into an address: a ``#`` or ``&`` in it would end it."""
    return quote(secret, safe="/")


def _in_json(secret: str) -> str:
    """A secret as it goes between the quotes of a JSON text."""
    return json.dumps(secret, ensure_ascii=False)[1:-1]


def _host(source: Source) -> str:
    """What is spared by the limit a host: commands and files of this machine are one host each."""
    return urlsplit(source.target).netloc if source.kind == "http" else source.kind


def _failure(source: Source, sentence: str, reached: bool = False, may_pass: bool = False) -> Fetched:
    return Fetched(source.display_url, _line(sentence), reached=reached, may_pass=may_pass)


def _line(text: str) -> str:
    """A text of others on one line, not too long, and such that every database takes it."""
    return storable(" ".join(text.split())[:_LONGEST_REASON])


def _whole(source: Source, file: Path, content_type: str, status: int, certificate: Certificate | None) -> Fetched:
    return Fetched(
        source.display_url,
        file=file,
        status=status,
        size=file.stat().st_size,
        content_type=content_type,
        certificate=certificate,
    )


def _reason(error: Exception) -> str:
    """An error of the network in a few words."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not trusted ({_verification(error.certificate_error)})"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return "it does not speak TLS as expected"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the host {error.host} is not known"
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if reason := getattr(inner, "reason", "") if isinstance(inner, ssl.SSLError) else "":
        return f"TLS failed ({reason.lower().replace('_', ' ')})"
    if isinstance(inner, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(inner, OSError) and inner.errno:
        return os.strerror(inner.errno).lower() if inner.errno > 0 else str(inner)
    return " ".join(str(inner).split())[:200] or type(inner).__name__


def _verification(error: Exception) -> str:
    return str(getattr(error, "verify_message", "") or error)


def _certificate(connection: Connection) -> Certificate | None:
    """The server's certificate, read from its DER: Python tells nothing of one that it did not verify."""
    tls: Any = connection.transport.get_extra_info("ssl_object") if connection.transport else None
    der = tls.getpeercert(True) if tls else None
    if not der:
        return None
    certificate = x509.load_der_x509_certificate(der)
    return Certificate(
        _common_name(certificate.subject),
        _common_name(certificate.issuer),
        certificate.not_valid_after_utc.timestamp(),
    )


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def _pipes(process: asyncio.subprocess.Process) -> tuple[asyncio.StreamReader, asyncio.StreamReader]:
    if process.stdout is None or process.stderr is None:
        raise RuntimeError("the command was started without its pipes")
    return process.stdout, process.stderr


async def _chunks(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while chunk := await stream.read(_CHUNK):
        yield chunk


async def _tail(stream: asyncio.StreamReader, length: int = 300) -> str:
    """The end of what a command complained about, on one line."""
    kept = b""
    async for chunk in _chunks(stream):
        kept = (kept + chunk)[-length:]
    return " ".join(kept.decode("utf-8", "replace").split()).rstrip(".")


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a command with everything that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process._transport.close()  # type: ignore[attr-defined]  # it waits for its pipes, which others may hold open
    await process.wait()
