"""Sources: what is to be fetched."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, Self
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from happyface.contract.masking import public_address, public_text
from happyface.contract.moments import check_moments, fill_moments
from happyface.contract.units import Duration, Size
from happyface.errors import ContractError


class Source(BaseModel):
    """Something to fetch: an ``http(s)`` address, a file, or a command. Equal sources are fetched once a run.

    In a configuration, ``source = https://example.org/x.json``, ``source = /var/log/x`` (or ``file:x``, relative
    to the site) or ``source = command:condor_q -json``; its options are dotted keys such as ``source.timeout = 20``.
    HappyFace 3's ``both|OPTIONS|URL`` is understood too. Texts may hold secrets, ``${env:NAME}`` and ``${file:PATH}``,
    and times: ``${now}``, ``${now-3h:%Y-%m-%d}`` (the run's time in UTC; ``%s`` are seconds since 1970).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["http", "file", "command"]
    target: str = Field(description="the address, the file's path, or the command with its arguments")
    timeout: Duration | None = Field(None, gt=0, description="how long it may take, instead of the site's limit")
    max_size: Size | None = Field(None, gt=0, description="how large it may be, instead of the site's limit")
    max_age: Duration | None = Field(
        None, ge=0, description="how old a file may be, instead of the site's limit; 0: as old as it likes"
    )
    retries: int | None = Field(None, ge=0, le=10, description="how often it is tried again, instead of the site's")
    method: str = Field("GET", pattern="^[A-Z]+$", description="the HTTP method")
    header: dict[str, str] = Field({}, description="HTTP headers: `source.header.accept = …`")
    body: str = Field("", description="what is sent along (the method is then POST unless given)")
    body_type: Literal["text", "json"] = Field("text", description="json: secrets in the body are escaped for JSON")
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
            # `source = …` with `source.timeout = …` comes as {"": …, "timeout": …}.
            options = {key: option for key, option in value.items() if key}
            return _nested(_parsed(value[""]) | options)
        return value

    @field_validator("header")
    @classmethod
    def _are_headers(cls, header: dict[str, str]) -> dict[str, str]:
        for name, value in header.items():
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
                raise ValueError(f"'{name}' is not the name of a header; write for example source.header.accept = …")
            if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
                raise ValueError(f"the header '{name}' is of more than one line")
        return header

    @model_validator(mode="after")
    def _age_of_a_file(self) -> Self:
        if self.max_age is not None and self.kind != "file":
            raise ValueError("max_age is for files: what an address or a command answers is made when it is asked")
        return self

    @classmethod
    def parse(cls, text: str) -> Self:
        """The source that a text of the configuration names."""
        return cls.model_validate(text)

    def at(self, path: str = "", params: Mapping[str, object] | None = None) -> Self:
        """The same source with another address: how modules fetch several pages of one server.

        Args:
            path: joined to the address, ``url.at("/api/v1/alerts")``; a whole address takes its place.
            params: added to the address's query, each escaped; lists are given several times, None is left out.
                Secrets in them, ``${file:token}``, are filled in when the source is fetched.

        Raises:
            happyface.errors.ContractError: the result is not an address.
        """
        target = path if re.match(r"https?:", path) else _joined_address(self.target, path)
        if params:
            found = [f"{_quoted(key)}={_quoted(item)}" for key, value in params.items() for item in _listed(value)]
            target = _with_query(target, "&".join(found))
        try:
            # model_copy() does not validate, so the address is checked here.
            return self.model_copy(update={"target": _address(target) if self.kind == "http" else target})
        except ValueError as error:
            raise ContractError(f"the module asks for what is no address: {error}") from error

    def post(self, *, json: object = None, data: str = "", header: Mapping[str, str] | None = None) -> Self:
        """The same source, with something sent along.

        Args:
            json: sent as JSON; secrets in its texts, ``${file:token}``, are filled in escaped for JSON.
            data: sent as it is.
            header: further HTTP headers.
        """
        given = {"content-type": "application/json"} if json is not None else {}
        body, body_type = (_dumped(json), "json") if json is not None else (data, "text")
        headers = self.header | given | {name.lower(): value for name, value in (header or {}).items()}
        return self.model_copy(update={"method": "POST", "body": body, "body_type": body_type, "header": headers})

    def at_time(self, now: datetime) -> Self:
        """The same source with the times in its texts filled in."""
        if "${now" not in self.model_dump_json():
            return self
        header = {name: fill_moments(value, now) for name, value in self.header.items()}
        filled = {"target": fill_moments(self.target, now), "body": fill_moments(self.body, now), "header": header}
        return self.model_copy(update=filled)

    @property
    def identity(self) -> str:
        """A key of what is fetched and how. Sources with equal keys are fetched once in a run."""
        return self.model_dump_json()

    @property
    def display_url(self) -> str:
        """Its address, path or command as pages and logs show it, without what looks like a secret."""
        if self.kind == "command":
            return public_text(self.target)
        # What is no path from the root may be an address that somebody has mistyped.
        return self.target if self.target.startswith("/") else public_address(self.target)


def flat_sources(value: Any) -> Iterator[Any]:
    """The sources that a module named, in whatever shape, one after another."""
    if isinstance(value, dict | list | tuple):
        for member in value.values() if isinstance(value, dict) else value:
            yield from flat_sources(member)
    else:
        yield value


_SECRET = re.compile(r"(\$\{(?:env|file|now)[^{}]*\})")


def _quoted(value: object) -> str:
    """A value quoted for an address, but for the places where secrets and times are filled in later."""
    # split() by a group: every other part is a secret or a time, kept as it is.
    parts = _SECRET.split(str(value))
    return "".join(part if number % 2 else quote(part, safe="") for number, part in enumerate(parts))


def _joined_address(base: str, path: str) -> str:
    # Not urljoin(), which drops the last step of a base that does not end with a slash.
    parts = urlsplit(base)
    if not path:
        return base
    path, _, query = path.partition("?")
    joined = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{path.lstrip('/')}", fragment=""))
    return _with_query(joined, query) if query else joined


def _with_query(address: str, query: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, query))), fragment=""))


def _listed(value: object) -> list[object]:
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    if isinstance(value, bool):
        return ["true" if value else "false"]  # str() would make "True", which few APIs take
    return [] if value is None else [value]


def _dumped(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise ContractError(f"what the module posts cannot be written as JSON: {error}") from error


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
    check_moments(text)
    if not text:
        raise ValueError("a source is an address, a file or a command; this one is empty")
    # HappyFace 3 wrote `both|OPTIONS|URL`: which download it was, wget's options, and the address.
    parts = text.split("|", 2)
    if len(parts) == 3 and parts[0].strip().lower() in ("both", "global", "local", ""):
        return _wget_options(parts[1]) | _parsed(parts[2])
    if text.startswith("command:"):
        return _command(text.removeprefix("command:").strip())
    if re.match(r"https?:", text, re.IGNORECASE):
        return {"kind": "http", "target": _address(text)}
    if text.startswith("file:"):
        path = text.removeprefix("file:")
        if not path.strip("/ "):
            raise ValueError(f"'{text}' names no file; write file:/var/log/x, or file:x beside the site's config")
        return {"kind": "file", "target": path.removeprefix("//") if path.startswith("//") else path}
    # A mistyped scheme would otherwise be taken for a file, which is then missing in every run.
    if re.match(r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE):
        scheme = text.split(":", 1)[0]
        raise ValueError(f"'{scheme}:' is not supported; a source starts with http:, https:, file:, command: or /")
    return {"kind": "file", "target": text}


def _address(text: str) -> str:
    wrong = f"'{public_address(text)}' is not an address such as https://example.org/status.json"
    try:
        parts = urlsplit(_SECRET.sub("1", text))  # a secret's name may hold a slash, where a port could be
        port = parts.port  # raises where it is no number
    except ValueError as error:  # which may quote a part of a password
        raise ValueError(wrong) from error
    if not parts.hostname or re.search(r"[\s\x00-\x1f]", _SECRET.sub("", text.strip())) or port == 0:
        raise ValueError(wrong)
    return text


_SHELL_SIGN = re.compile(r"(&&?|\|\|?|;)|(\d?>>?&?|<{1,3}|&>)\S*")


def _command(text: str) -> dict[str, Any]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"the command '{public_text(text)}' cannot be read: {error}") from error
    if not words:
        raise ValueError("the command is empty; write for example command:condor_q -json")
    # Unquoted ones only: a program may be given such a sign as an argument.
    for word in shlex.split(text, posix=False):
        if found := _SHELL_SIGN.fullmatch(word):
            # What follows `<<<` without a blank may be a secret.
            raise ValueError(f"'{found[1] or found[2]}' means nothing without a shell; write command:sh -c '…'")
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
    """wget's command line options as ours: HappyFace 3 downloaded with wget. Raises ValueError for an unknown one."""
    values: dict[str, Any] = {}
    words = iter(shlex.split(text))
    for word in words:
        name, _, value = word.partition("=")
        if name == "--no-check-certificate":
            values["verify"] = False
        elif name in _WGET:
            _set_wget_option(values, _WGET[name], value or next(words, ""))
        elif name not in _WGET_IGNORED:
            raise ValueError(f"the download option '{public_text(name)}' is not understood")
    return values


def _set_wget_option(values: dict[str, Any], option: str, value: str) -> None:
    if option == "header":
        name, _, content = value.partition(":")
        values.setdefault("header", {})[name.strip().lower()] = content.strip()
    elif option == "user-agent":
        values.setdefault("header", {})["user-agent"] = value
    elif option == "retries":
        values["retries"] = max(0, int(value) - 1)  # wget counts the first attempt, too
    else:
        values[option] = value
        if option == "body":
            values["method"] = "POST"
