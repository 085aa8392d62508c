"""Sources: what is to be fetched, and what came of it."""

import re
import shlex
from typing import Any, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from happyface.contract.units import Duration, Size


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
