"""One request over a socket, read as RFC 9112 wants it: what two readers could understand in two ways is refused."""

import contextlib
import io
import re

from cheroot import server

LONGEST_HEAD = 32_768
"""Bytes of a request's line and headers together."""
LARGEST_BODY = 1_000_000
"""Bytes of a body. No page reads one; what is announced as larger is refused at once."""
END_OF_HEAD = re.compile(rb"\n\r?\n")

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(%s) (\S+) HTTP/\d\.(\d)" % _TOKEN)
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(rb"(%s):[ \t]*+([^\x00-\x08\x0a-\x1f\x7f]*)" % _TOKEN)
_HOST = re.compile(rb"([A-Za-z0-9._~%-]*|\[[0-9A-Fa-f:.]+\])(:\d{0,5})?")
_LENGTH = re.compile(rb"\d{1,18}")


class BadRequest(ValueError):
    """What is wrong with a request, as a sentence for whoever has sent it."""


def checked_head(head: bytes) -> bytes:
    """The head of a request, up to the blank line, when it is right; an absolute address in it becomes a path.

    Raises:
        BadRequest: it is none that RFC 9112 allows, or one that two readers may understand differently.
    """
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    request_line = _REQUEST_LINE.fullmatch(lines[0])
    if not request_line or not head.endswith(b"\r\n\r\n"):
        raise BadRequest("The request's line or its end is malformed.")
    fields = [_field(line) for line in lines[1:]]
    absolute = _ABSOLUTE.fullmatch(request_line[2])
    hosts = _values(fields, b"host")
    if len(hosts) > 1 or (not hosts and request_line[3] != b"0") or not all(map(_HOST.fullmatch, hosts)):
        raise BadRequest("HTTP/1.1 needs one Host, and no more than one.")
    _check_length(fields, request_line[3] == b"0")
    if not absolute:
        return head
    if not absolute[1] or not _HOST.fullmatch(absolute[1]):
        raise BadRequest("The address names no host.")
    # An address with its host outranks the header: what is behind this reader knows the header alone.
    rest = [line for line, (name, _) in zip(lines[1:], fields, strict=True) if name != b"host"]
    target = absolute[2] if absolute[2].startswith(b"/") else b"/" + absolute[2]
    line = lines[0].replace(request_line[2], target, 1)
    return b"\r\n".join([line, b"Host: " + absolute[1], *rest, b"", b""])


def _field(line: bytes) -> tuple[bytes, bytes]:
    found = _FIELD.fullmatch(line)
    if not found:  # folded lines, blanks before the colon, bare line ends and control characters, too
        raise BadRequest("A header is malformed.")
    return found[1].lower(), found[2].strip(b" \t")


def _values(fields: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for key, value in fields if key == name]


def _check_length(fields: list[tuple[bytes, bytes]], is_old: bool) -> None:
    """That there is one way only to find out where the body ends."""
    lengths, codings = _values(fields, b"content-length"), _values(fields, b"transfer-encoding")
    if len(lengths) + len(codings) > 1:
        raise BadRequest("The length of the body is told more than once.")
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        raise BadRequest("Content-Length is no number.")
    if codings and (is_old or codings[0].lower() != b"chunked"):
        raise BadRequest("Transfer-Encoding is not understood.")


class _Headers(server.HeaderReader):  # type: ignore[misc]
    """Leaves out what would be taken for another header, ``X_Y`` for ``X-Y``, and the wish to be asked for a body."""

    def _allow_header(self, key_name: bytes) -> bool:
        return b"_" not in key_name and key_name != b"Expect"


class StrictRequest(server.HTTPRequest):  # type: ignore[misc]
    """A request that cheroot reads only when its head is right."""

    header_reader = _Headers()

    def parse_request(self) -> None:
        """Read the head. What is wrong with it is answered, and the connection closed."""
        try:
            self.rfile = io.BytesIO(checked_head(self._read_head()))
            if self.read_request_line() and self.read_request_headers():
                self.ready = True
        except BadRequest as problem:
            self.simple_response("400 Bad Request", str(problem))
        except ValueError:  # of an address that Python's own functions refuse
            self.simple_response("400 Bad Request", "The address cannot be understood.")

    def _read_head(self) -> bytes:
        """The head; cut where it is longer than any may be. It has arrived already, so nothing is waited for."""
        self.started_request = True
        head: bytes = self.conn.rfile.readline(LONGEST_HEAD + 1)
        if head == b"\r\n":  # one empty line may be left of the request before
            head = self.conn.rfile.readline(LONGEST_HEAD + 1)
        if not head.strip(b"\r\n"):
            raise BadRequest("There is no request.")
        while not END_OF_HEAD.search(head):
            line = self.conn.rfile.readline(LONGEST_HEAD + 1 - len(head))
            head += line
            if not line or len(head) > LONGEST_HEAD:
                raise BadRequest("The request does not end, or is too long.")
        return head

    def read_request_headers(self) -> bool:
        """Take the headers over; nothing waits for a body, and what is left of one ends with its connection."""
        is_right = bool(super().read_request_headers())
        if self.chunked_read or self.inheaders.get(b"Content-Length", b"0").strip(b"0"):
            self.close_connection = True
        return is_right

    def send_headers(self) -> None:
        """Send the answer's headers. A next request that has arrived by half does not get a thread to wait in."""
        if self.conn.rfile.has_data() and not END_OF_HEAD.search(self.conn.rfile.peek(0)):
            self.close_connection = True
        super().send_headers()

    def simple_response(self, status: str, msg: str = "") -> None:
        """Answer with a sentence, and close the connection: what follows on it may be anything."""
        self.close_connection = True
        body = (msg or status).encode("ascii", "replace")
        head = (
            f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
        )
        with contextlib.suppress(OSError):  # whoever sends such things may be gone
            self.conn.wfile.write(head.encode("ascii", "replace") + body)
