"""Sources: what is to be fetched, and what came of it."""

import csv
import io
import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from lxml import etree, html
from pydantic import BaseModel, ConfigDict, Field, model_validator

from happyface.columns import File
from happyface.errors import SourceError
from happyface.units import Duration, Size

_IMAGE_STARTS = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF8": "gif",
    b"BM": "bmp",
}


class Source(BaseModel):
    """Something to fetch: an ``http(s)`` address, a file, or a command. Equal sources are fetched once a run.

    In a configuration, ``source = https://example.org/x.json``, ``source = /var/log/x`` (or ``file:x``, relative
    to the site) or ``source = command:condor_q -json``; its options are dotted keys such as ``source.timeout = 20``.
    HappyFace 3's ``both|OPTIONS|URL`` is understood too. Texts may hold ``${env:NAME}`` and ``${file:PATH}``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["http", "file", "command"]
    target: str = Field(description="the address, the file's path, or the command with its arguments")
    timeout: Duration | None = Field(None, gt=0, description="how long it may take, instead of the site's limit")
    max_size: Size | None = Field(None, gt=0, description="how large it may be, instead of the site's limit")
    retries: int | None = Field(None, ge=0, le=10, description="how often it is tried again, instead of the site's")
    method: str = Field("GET", pattern="^[A-Z]+$", description="the HTTP method")
    header: dict[str, str] = Field({}, description="HTTP headers: `source.header.accept = …`")
    body: str = Field("", description="what is sent along (the method is then POST unless given)")
    user: str = Field("", description="user name for HTTP basic authentication")
    password: str = Field("", description="password for HTTP basic authentication")
    verify: bool = Field(True, description="whether the server's certificate is checked")
    certificate: str = Field("", description="PEM file of the client's certificate (and key); a grid proxy works")
    key: str = Field("", description="PEM file of the client's key, if apart")
    ca: str = Field("", description="PEM file or directory of the authorities that are trusted")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return _parsed(value)
        if isinstance(value, dict) and "" in value:
            options = {key: each for key, each in value.items() if key}
            return _nested(_parsed(value[""]) | options)
        return value

    @classmethod
    def parse(cls, text: str) -> Self:
        """The source that a text of the configuration names."""
        return cls.model_validate(text)

    def at(self, target: str) -> Self:
        """The same source with another address: how modules fetch several pages of one server."""
        return self.model_copy(update={"target": target})

    @property
    def identity(self) -> str:
        """Equal for sources that are fetched only once a run."""
        return self.model_dump_json()

    @property
    def shown(self) -> str:
        """How pages and logs name it, without a password."""
        if self.kind != "http":
            return self.target
        parts = urlsplit(self.target)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """``header.accept`` as ``header: {accept: …}``."""
    values: dict[str, Any] = {}
    for key, value in flat.items():
        name, dot, rest = key.partition(".")
        if dot:
            values.setdefault(name, {})[rest] = value
        else:
            values[name] = value
    if values.get("body"):
        values.setdefault("method", "POST")
    return values


def _parsed(text: str) -> dict[str, Any]:
    text = text.strip()
    if not text:
        raise ValueError("a source is an address, a file or a command; this one is empty")
    parts = text.split("|", 2)
    if len(parts) == 3 and parts[0].strip().lower() in ("both", "global", "local", ""):
        return _wget_options(parts[1]) | _parsed(parts[2])
    if text.startswith("command:"):
        return _command(text.removeprefix("command:").strip())
    if re.match(r"https?:", text, re.IGNORECASE):
        return {"kind": "http", "target": _address(text)}
    if text.startswith("file:"):
        path = text.removeprefix("file:")
        return {"kind": "file", "target": path.removeprefix("//") if path.startswith("//") else path}
    if re.match(r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE):
        scheme = text.split(":", 1)[0]
        raise ValueError(f"'{scheme}:' is not supported; a source starts with http:, https:, file:, command: or /")
    return {"kind": "file", "target": text}


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"'{text}' is not an address: {error}") from error
    if not parts.hostname or re.search(r"[\s\x00-\x1f]", text.strip()) or port == 0:
        raise ValueError(f"'{text}' is not an address such as https://example.org/status.json")
    return text


def _command(text: str) -> dict[str, Any]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"the command '{text}' cannot be read: {error}") from error
    if not words:
        raise ValueError("the command is empty; write for example command:condor_q -json")
    return {"kind": "command", "target": text}


_WGET = {
    "--timeout": "timeout",
    "-T": "timeout",
    "--tries": "retries",
    "-t": "retries",
    "--user": "user",
    "--http-user": "user",
    "--password": "password",
    "--http-password": "password",
    "--header": "header",
    "--user-agent": "user-agent",
    "-U": "user-agent",
    "--post-data": "body",
    "--certificate": "certificate",
    "--private-key": "key",
    "--ca-certificate": "ca",
    "--ca-directory": "ca",
}
_WGET_IGNORED = {"-q", "--quiet", "-nv", "--no-verbose", "--no-cache", "--no-proxy"}


def _wget_options(text: str) -> dict[str, Any]:
    """The options of HappyFace 3's downloads, which were wget's."""
    values: dict[str, Any] = {}
    words = iter(shlex.split(text))
    for word in words:
        name, _, value = word.partition("=")
        if name == "--no-check-certificate":
            values["verify"] = False
        elif name in _WGET:
            _set_wget_option(values, _WGET[name], value or next(words, ""))
        elif name not in _WGET_IGNORED:
            raise ValueError(f"the download option '{name}' is not understood")
    return values


def _set_wget_option(values: dict[str, Any], option: str, value: str) -> None:
    if option == "header":
        name, _, content = value.partition(":")
        values.setdefault("header", {})[name.strip().lower()] = content.strip()
    elif option == "user-agent":
        values.setdefault("header", {})["user-agent"] = value
    elif option == "retries":
        values["retries"] = max(0, int(value) - 1)
    else:
        values[option] = value
        if option == "body":
            values["method"] = "POST"


@dataclass(frozen=True)
class Certificate:
    """What a TLS server showed: who it says it is, and until when (seconds since 1970, UTC)."""

    subject: str
    issuer: str
    not_after: float


@dataclass(frozen=True)
class Fetched:
    """What came of a source in one run. Reading it raises :class:`SourceError` when it could not be fetched.

    Attributes:
        url: what was fetched, as pages show it.
        error: why it could not be fetched, as a sentence; empty when it could.
        file: where the body is; None when there is none. An HTTP error keeps the body of its page.
        status: the HTTP status, 0 where there was no answer or no HTTP.
        seconds: how long it took.
        size: length of the body in bytes.
        content_type: what the server said it is, such as ``text/html; charset=utf-8``.
        fetched_at: when, in seconds since 1970, UTC.
        certificate: the server's certificate, when it was asked over TLS and could be read.
    """

    url: str
    error: str = ""
    file: Path | None = None
    status: int = 0
    seconds: float = 0.0
    size: int = 0
    content_type: str = ""
    fetched_at: float = 0.0
    certificate: Certificate | None = None

    @property
    def ok(self) -> bool:
        """Whether it was fetched."""
        return not self.error

    @property
    def path(self) -> Path:
        """The file that holds the body."""
        if self.error or self.file is None:
            raise SourceError(self.error or f"{self.url} has no content")
        return self.file

    def content(self) -> bytes:
        """The body as it came."""
        return self.path.read_bytes()

    def text(self) -> str:
        """The body as text: by the charset that the server named, else UTF-8; what is not text becomes U+FFFD."""
        body = self.content()
        match = re.search(r"charset=[\"']?([\w.-]+)", self.content_type, re.IGNORECASE)
        try:
            return body.decode(match[1] if match else "utf-8-sig", "replace")
        except (LookupError, ValueError):  # no charset, or one that is none of texts
            return body.decode("utf-8-sig", "replace")

    def json(self) -> Any:
        """The body as JSON. ``NaN`` and infinities are read as Python does."""
        body = self.content()
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise self._unreadable("JSON", body, error) from error

    def xml(self) -> etree._Element:
        """The root element of the body as XML. No entity is filled in and nothing is loaded from elsewhere."""
        body = self.content()
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(body, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise self._unreadable("XML", body, error) from error
        if _declares_entities(root):
            raise SourceError(f"{self.url} is XML that declares entities of its own, which is refused")
        return root

    def html(self) -> html.HtmlElement:
        """The root element of the body as HTML, however untidy."""
        text = self.text()
        try:
            return html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
        except (etree.ParserError, etree.XMLSyntaxError) as error:
            raise self._unreadable("HTML", text.encode(), error) from error

    def csv(self, delimiter: str = ",") -> list[dict[str, str]]:
        """The rows of the body as CSV, by the names of its first line."""
        try:
            reader = csv.DictReader(io.StringIO(self.text(), newline=""), delimiter=delimiter, restval="")
            return [{key: value for key, value in row.items() if isinstance(key, str)} for row in reader]
        except csv.Error as error:
            raise self._unreadable("CSV", self.content(), error) from error

    def image(self, name: str = "image") -> File:
        """The body as an image to be archived (``self.Data(image=source.image())``).

        Raises:
            SourceError: it is no image, whatever the server called it: an error page, say.
        """
        kind = _image_kind(self.content()[:1024])
        if not kind:
            raise self._unreadable("an image", self.content(), None)
        return File(self.path, f"{name}.{kind}")

    def _unreadable(self, what: str, body: bytes, error: Exception | None) -> SourceError:
        if not body.strip():
            return SourceError(f"{self.url} answered with nothing, where {what} was expected")
        start = " ".join(body[:200].decode("utf-8", "replace").split())[:60]
        reason = f": {str(error).splitlines()[0]}" if error and str(error) else ""
        return SourceError(f"{self.url} is not {what}{reason}; it starts with “{start}”")


def _declares_entities(root: etree._Element) -> bool:
    dtd = root.getroottree().docinfo.internalDTD
    return dtd is not None and any(True for _ in dtd.iterentities())  # type: ignore[attr-defined]


def _image_kind(start: bytes) -> str:
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
