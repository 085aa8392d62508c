"""What was fetched, and how modules read it."""

import csv
import io
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self, TypeVar, overload

from lxml import etree, html
from pydantic import TypeAdapter, ValidationError

from happyface.contract.files import File
from happyface.contract.quoting import one_line
from happyface.contract.reading.faults import rpc_fault
from happyface.contract.reading.pictures import BrokenImageError, image_kind
from happyface.contract.reading.text import decode, read_json
from happyface.errors import SourceError

Expected = TypeVar("Expected")

_ADVICE = re.compile(r"[;,] (?:use|see) [^;,]*| \(<string>, line \d+\)")


@dataclass(frozen=True)
class Certificate:
    """A TLS server's certificate: subject, issuer, and when it expires (seconds since 1970, UTC)."""

    subject: str
    issuer: str
    not_after: float


@dataclass(frozen=True)
class Fetched:
    """The result of fetching one source in one run; reading its body raises :class:`SourceError` when that failed.

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
        reached: whether anything answered at all, be it with an error.
        may_pass: whether the failure may be temporary, so that another attempt is worth while.
        local_fault: whether the failure is of this machine and says nothing about the source: no space, a dead proxy.
        ended_well: whether it is the output of a command that ended with status 0. Only then does an empty body mean
            that there is nothing: an empty file may be all that a command left that failed.
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
    reached: bool = True
    may_pass: bool = False
    local_fault: bool = False
    ended_well: bool = False

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

    def ignoring_error(self) -> Self:
        """The same without its error, to read the page that came with an HTTP error: it may name the reason."""
        return replace(self, error="") if self.file else self

    def content(self) -> bytes:
        """The body as it came."""
        return self.path.read_bytes()

    def text(self) -> str:
        """The body as text: by its byte-order mark, the header, its own declaration, else as UTF-8 or Latin-1."""
        return decode(self.content(), self.content_type)

    @overload
    def json(self) -> Any: ...

    @overload
    def json(self, shape: type[Expected]) -> Expected: ...

    def json(self, shape: Any = None) -> Any:
        """The body as JSON. ``NaN`` and infinities are read as Python does; an error of JSON-RPC raises SourceError.

        Args:
            shape: what is expected, as a type: a pydantic model, ``list[Node]``. What comes back is
                of it; what is missing or of another kind raises SourceError with its place.
        """
        body = self.content()
        try:
            document = read_json(body, self.content_type)
        except (ValueError, RecursionError) as error:  # the latter for thousands of nested lists
            raise self._unreadable("JSON", body, error) from error
        if fault := rpc_fault(document):
            raise SourceError(f"{self.url} answered with an error: {fault}")
        if shape is None:
            return document
        try:
            return _adapter(shape).validate_python(document)
        except ValidationError as error:
            raise SourceError(f"{self.url} is not as expected: {_mismatch(error)}") from error

    def xml(self) -> etree._Element:
        """The root element of the body as XML. No entity is filled in and nothing is loaded from elsewhere."""
        # As bytes in a charset of our own, which goes before the one that the document declares.
        body = self.text().encode("utf-8", "replace")
        # An XML document may name files of this machine, or grow from bytes to gigabytes by entities.
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
        )
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
            # As bytes in an encoding of our own: lxml refuses a str that declares another one.
            return html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
        except (etree.ParserError, etree.XMLSyntaxError) as error:
            raise self._unreadable("HTML", text.encode(), error) from error

    def csv(self, delimiter: str = ",") -> list[dict[str, str]]:
        """The rows of the body as CSV, by the names of its first line."""
        try:
            # Quoted cells may hold line ends.
            reader = csv.DictReader(io.StringIO(self.text(), newline=""), delimiter=delimiter, restval="")
            # DictReader puts the cells beyond the heading into a list under None.
            return [{key: value for key, value in row.items() if isinstance(key, str)} for row in reader]
        except csv.Error as error:
            raise self._unreadable("CSV", self.content(), error) from error

    def image(self, name: str = "image") -> File:
        """The body as an image to be archived (``self.Data(image=source.image())``).

        Raises:
            SourceError: it is no image, whatever the server called it: an error page, say; or it is cut.
        """
        body = self.content()
        try:
            kind = image_kind(body)
        except BrokenImageError as error:
            raise SourceError(f"{self.url} {error}") from error
        if not kind:
            raise self._unreadable("an image", body, None)
        return File(self.path, f"{name}.{kind}")

    def _unreadable(self, what: str, body: bytes, error: Exception | None) -> SourceError:
        if not body.strip():
            return SourceError(f"{self.url} answered with nothing, where {what} was expected")
        start = one_line(decode(body[:200], self.content_type), 60)
        reason = f": {_reason(error)}" if error and str(error) else ""
        return SourceError(f"{self.url} is not {what}{reason}; it starts with “{start}”")


def _reason(error: Exception) -> str:
    """What is wrong with a body, without advice to who has written the reading of it."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return _ADVICE.sub("", str(error).splitlines()[0])


# Making a TypeAdapter takes longer than most validations with it.
@lru_cache(maxsize=256)
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _mismatch(error: ValidationError) -> str:
    """The first thing that is not as expected, with its place: ``there is no 'total' in pools[3]``."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    *place, last = first["loc"] or ("",)
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] == "missing":
        return f"there is no '{last}'{f' in {where}' if where else ''}{more}"
    whole = f"{where}{f'[{last}]' if isinstance(last, int) else f'.{last}'}".strip(".") or "the whole"
    return f"{whole}: {first['msg'].replace('Input should', 'it should')}{more}"


def _declares_entities(root: etree._Element) -> bool:
    dtd = root.getroottree().docinfo.internalDTD
    # Entities are not filled in, so texts that use them would be incomplete without a word about it.
    return dtd is not None and any(True for _ in dtd.iterentities())  # type: ignore[attr-defined]
