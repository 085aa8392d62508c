"""Sources of the web. With the redirects, the one place that knows aiohttp, imported when there is such a source."""

import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import aiohttp
from aiohttp.connector import Connection
from cryptography import x509
from cryptography.x509.oid import NameOID
from yarl import URL

from happyface.acquire.fetching.bodies import (
    CHUNK,
    UnusableSourceError,
    failure,
    local_faults,
    os_reason,
    write_body,
)
from happyface.acquire.fetching.cache import Cache, Validators
from happyface.acquire.fetching.encodings import ACCEPTED, EncodingError, unpacked
from happyface.acquire.fetching.redirects import ProxyError, RedirectError, Request, answer_of
from happyface.contract.fetched import Certificate, Fetched
from happyface.contract.quoting import one_line
from happyface.contract.reading.faults import reason_in
from happyface.contract.reading.text import read_json
from happyface.contract.source import Source
from happyface.site.secrets import resolve

_AGAIN = {429, 502, 503, 504}
"""Answers that say «not now»; the source is tried again."""

_LONGEST_LINE = 64 * 1024
"""Bytes of a header; a list of what a page may load is often longer than aiohttp's 8 kB."""

_LONGEST_PAGE = 256 * 1024
"""Bytes of the page of an error in which a reason is looked for."""


class _InvalidAddressError(Exception):
    """An address is none once its secrets are filled in; they are why it is not repeated."""


class _Response(aiohttp.ClientResponse):
    """A response that remembers its server's certificate: a short answer gives back its connection at once."""

    certificate: Certificate | None = None

    async def start(self, connection: Connection) -> Self:
        self.certificate = _certificate(connection)
        await super().start(connection)
        return self


class WebClient:
    """Fetches the web sources of one run.

    Args:
        root: the site, against which certificates and secrets are resolved.
        cache: what earlier runs kept for conditional requests.
    """

    def __init__(self, root: Path, cache: Cache) -> None:
        self.root = root
        self.cache = cache
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Self]:
        """The client with its connections."""
        # The fetcher limits them, over all sources.
        async with aiohttp.TCPConnector(limit=0, limit_per_host=0) as self._connector:
            yield self

    def _session(self) -> aiohttp.ClientSession:
        """The cookies of one source, over the connections of all: no source sees what another's login has set."""
        return aiohttp.ClientSession(
            connector=self._connector,
            connector_owner=False,
            # "unsafe" are cookies of hosts that are named by their IP address.
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            response_class=_Response,
            auto_decompress=False,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
        )

    async def fetch(self, source: Source, file: Path, limit: float) -> Fetched:
        """Ask for a source. What a server does wrong is a failed :class:`Fetched`.

        Raises:
            TooLargeError: the body has more than ``limit`` bytes.
        """
        try:
            with local_faults():
                return await self._fetch(source, file, limit)
        except (RedirectError, EncodingError) as error:
            return failure(source, str(error), reached=True)
        except ProxyError as error:
            return failure(source, str(error), may_pass=True, local_fault=True)
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError):
            return failure(source, "The source broke off its answer.", reached=True, may_pass=True)
        except aiohttp.ClientResponseError as error:
            # The lines after the first show the bytes and where in them, for a programmer.
            fault = next(iter(error.message.splitlines()), "").rstrip(" :.")
            return failure(source, f"The source did not answer in HTTP: {fault}.", reached=True)
        except (aiohttp.InvalidURL, _InvalidAddressError):  # which may hold a secret
            return failure(source, "The source's address is not valid.")
        except (aiohttp.ClientError, OSError) as error:
            return failure(source, f"The source could not be reached: {_reason(error)}.", may_pass=True)

    async def _fetch(self, source: Source, file: Path, limit: float) -> Fetched:
        kept = self.cache.validators(source) if source.method == "GET" else None
        request = self._request(source, kept)
        async with (
            self._session() as session,
            answer_of(session, request, ssl=self._context(source)) as response,
        ):
            certificate = response.certificate if isinstance(response, _Response) else None
            if response.status == 304 and kept:
                await response.release()
                return _whole(source, self.cache.body(source, kept), kept.content_type, 200, certificate)
            chunks = unpacked(
                response.content.iter_chunked(CHUNK), ",".join(response.headers.getall("Content-Encoding", []))
            )
            await write_body(chunks, file, limit)
            content_type = response.headers.get("Content-Type", "")
            fetched = _whole(source, file, content_type, response.status, certificate)
            if not 200 <= response.status < 300:
                answered = f"The source answered {response.status} {response.reason or ''}".strip()
                sentence = ": ".join(filter(None, (answered, _reason_of(file))))
                return replace(fetched, error=f"{one_line(sentence)}.", may_pass=response.status in _AGAIN)
            if response.status == 206 and "range" not in request.headers:
                return replace(fetched, error="The source answered with a part of what was asked for (206).")
            if source.method == "GET" and response.status == 200:
                with local_faults(any_error=True):
                    self.cache.keep(source, file, Validators.of(response.headers, content_type))
            return fetched

    def _request(self, source: Source, kept: Validators | None) -> Request:
        address = resolve(source.target, self.root, _quoted)
        try:
            url = URL(address)
        except ValueError as error:
            raise _InvalidAddressError from error
        headers = self._headers(source, url) | (kept.headers if kept else {})
        return Request(source.method, url.with_user(None), headers, self._body(source))

    def _body(self, source: Source) -> str:
        return resolve(source.body, self.root, _in_json if source.body_type == "json" else str)

    def _headers(self, source: Source, url: URL) -> dict[str, str]:
        given = {name.lower(): resolve(value, self.root) for name, value in source.header.items()}
        if source.user:
            given["authorization"] = _login(resolve(source.user, self.root), resolve(source.password, self.root))
        elif url.user is not None:
            given["authorization"] = _login(url.user, url.password or "")
        return {"user-agent": "HappyFace", "accept-encoding": ACCEPTED, **given}

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
                raise UnusableSourceError(f"The certificates in {files} cannot be read: {os_reason(error)}.") from error
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
            context.load_cert_chain(self.root / source.certificate, key, _no_passphrase)
        return context


def _no_passphrase() -> str:
    # OpenSSL would ask for it at the terminal, and wait for ever.
    raise UnusableSourceError("The source's key has a passphrase, which nobody can type in a run; give it one without.")


def _login(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _reason_of(page: Path) -> str:
    """The reason that the page of an HTTP error gives, if it is JSON."""
    if page.stat().st_size > _LONGEST_PAGE:
        return ""
    try:
        return reason_in(read_json(page.read_bytes()))
    except (ValueError, RecursionError):
        return ""


def _quoted(secret: str) -> str:
    """A secret as it goes into an address: a ``#`` or ``&`` in it would end it."""
    return quote(secret, safe="/")


def _in_json(secret: str) -> str:
    """A secret as it goes between the quotes of a JSON text."""
    return json.dumps(secret, ensure_ascii=False)[1:-1]


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
    return os_reason(error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error)


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
