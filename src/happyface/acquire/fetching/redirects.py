"""A request with the redirects that it is answered with: what goes along, how far, and by which proxy."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

MOST_REQUESTS = 10
"""How many requests are made for one source, redirects and all."""
PROXY_PATIENCE = 5.0
"""Seconds to connect to a proxy, which is near: less than a source may take, so that it is told which of them hangs."""
_REDIRECTS = {301, 302, 303, 307, 308}
# Any other header may hold a secret, whatever it is called: `private-token`, `x-api-key`, `cookie`.
_FOR_ANY_HOST = {"accept", "accept-encoding", "accept-language", "if-modified-since", "if-none-match", "user-agent"}


class RedirectError(Exception):
    """A redirect that is not followed; its text is the sentence."""


class ProxyError(Exception):
    """The proxy that this machine is told to use does not do its work; its text is the sentence."""


@dataclass(frozen=True)
class Request:
    """What is asked of a server.

    Attributes:
        method: of HTTP.
        url: the address, without user and password.
        headers: by their names in lower case.
        body: what is sent along.
    """

    method: str
    url: URL
    headers: Mapping[str, str]
    body: str = ""

    def redirected(self, status: int, location: str) -> Self:
        """What is asked instead, after a redirect. Secrets stay with the server that they are for.

        Raises:
            RedirectError: it leads out of the web, or would send what is posted to another server.
        """
        url = _joined(self.url, location)
        again = self._with_get() if status == 303 or (status < 303 and self.method == "POST") else self
        if url.origin() == self.url.origin():
            return replace(again, url=url)
        if again.body:
            raise RedirectError(f"The source redirects what is sent to it to another server, {url.authority}.")
        kept = {name: value for name, value in again.headers.items() if name in _FOR_ANY_HOST}
        return replace(again, url=url, headers=kept)

    def _with_get(self) -> Self:
        headers = {name: value for name, value in self.headers.items() if name != "content-type"}
        return replace(self, method="GET", headers=headers, body="")


def _joined(base: URL, location: str) -> URL:
    try:
        url = base.join(URL(location)).with_user(None)
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise RedirectError("The source redirects to an address that is not valid.")
    return url


@asynccontextmanager
async def answer_of(
    session: aiohttp.ClientSession, request: Request, **options: Any
) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer to a request, redirects followed.

    Args:
        session: holds the cookies that these redirects may rely on.
        request: what is asked.
        options: further ones of ``session.request``.

    Raises:
        RedirectError: a redirect is not followed.
        ProxyError: the proxy failed.
    """
    for _ in range(MOST_REQUESTS):
        async with _asked(session, request, options) as response:
            location = response.headers.get("Location") if response.status in _REDIRECTS else None
            if location is None:
                yield response
                return
            response.close()  # its body, of whatever length, is for nobody
        request = request.redirected(response.status, location)
    raise RedirectError("The source redirects without end.")


@asynccontextmanager
async def _asked(
    session: aiohttp.ClientSession, request: Request, options: Mapping[str, Any]
) -> AsyncIterator[aiohttp.ClientResponse]:
    proxy = _proxy_for(request.url)
    asking = session.request(
        request.method,
        request.url,
        headers=request.headers,
        data=request.body or None,
        proxy=proxy,
        allow_redirects=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=PROXY_PATIENCE if proxy else None),
        **options,
    )
    try:
        response = await asking
    except aiohttp.ClientError as error:
        if proxy and (reason := _proxy_fault(proxy, error)):
            raise ProxyError(f"The proxy {proxy.host} that this machine uses {reason}.") from error
        raise
    async with response:
        if proxy and response.status == 407:
            raise ProxyError(f"The proxy {proxy.host} that this machine uses wants a login.")
        yield response


def _proxy_for(url: URL) -> URL | None:
    """The proxy that the environment names for an address.

    Not by aiohttp's ``trust_env``, which would also send the logins of ``~/.netrc`` that no source asked for.
    """
    proxies = getproxies()
    if url.scheme not in proxies or proxy_bypass(f"{url.host}:{url.port}"):
        return None
    written = proxies[url.scheme]
    try:
        proxy = URL(written if "://" in written else f"http://{written}")
    except ValueError:
        proxy = URL()
    if proxy.scheme not in ("http", "https") or not proxy.host:
        raise ProxyError(f"The environment's {url.scheme}_proxy is not the http: address of a proxy.")
    return proxy


def _proxy_fault(proxy: URL, error: Exception) -> str:
    """What is wrong with the proxy, if it is the proxy with which something is wrong."""
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ConnectionTimeoutError):
        return "could not be reached"
    if isinstance(error, aiohttp.ClientConnectorDNSError) and error.host == proxy.host:
        return "is a host that is not known"
    if isinstance(error, aiohttp.ClientHttpProxyError) and error.status not in (502, 503, 504):
        return "wants a login" if error.status == 407 else f"answered {error.status}"
    return ""
