"""Servers that misbehave in every way that a source may, on loopback."""

import gzip
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d4944415478da6348fa71fe3f00071203291975230d0000000049454e44ae426082"
)
GZIP_BOMB = gzip.compress(b"\0" * 50_000_000, 1)
XML_BOMB = (
    b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol">"""
    + b"".join(
        b'<!ENTITY lol%d "%s">' % (n, b"&lol%s;" % (str(n - 1).encode() if n > 1 else b"") * 10) for n in range(1, 10)
    )
    + b"]><lolz>&lol9;</lolz>"
)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "MonitorServer"

    def do_GET(self) -> None:
        server, name = self.server, self.path.split("?")[0].strip("/")
        with server.counting(self.path):
            server.seen.append((self.path, dict(self.headers)))
            answer = getattr(self, f"_{name.split('/')[0]}", None)
            if name in server.raw:
                self._raw(server.raw[name])
            elif name in server.bodies:
                self._answer(server.bodies[name], type=server.types.get(name, "application/json"))
            elif answer:
                answer()
            else:
                self._answer(b"not here", 404, "text/plain")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.posted.append(body)
        name = self.path.split("?")[0].strip("/")
        if name in self.server.raw:
            self._raw(self.server.raw[name])
        else:
            self._answer(b'{"value": 4}')

    def _raw(self, answer: bytes) -> None:
        self.wfile.write(answer)
        self.close_connection = True

    def _answer(self, body: bytes, status: int = 200, type: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", type)
        self.send_header("Content-Length", str(len(body)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _json(self) -> None:
        self._answer(b'{"value": 1}')

    def _etag(self) -> None:
        """Knows the version of its body, and says 304 to whoever has it."""
        tag = f'"{self.server.version}"'
        if self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.send_header("ETag", tag)
            self.end_headers()
        else:
            self._answer(b'{"value": %d}' % self.server.version, ETag=tag)

    def _missing(self) -> None:
        self._answer(b"<html><h1>Not here</h1></html>", 404, "text/html")

    def _broken(self) -> None:
        self._answer(b"Internal Server Error: traceback", 500, "text/plain")

    def _busy(self) -> None:
        """503 twice, then well."""
        if self.server.count[self.path] <= 2:
            self._answer(b"later", 503, "text/plain")
        else:
            self._answer(b'{"value": 2}')

    def _empty(self) -> None:
        self._answer(b"")

    def _closes(self) -> None:
        self.close_connection = True

    def _cut(self) -> None:
        """Promises more than it sends."""
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True

    def _garbage(self) -> None:
        self.wfile.write(b"\x00\xff\xfe this is no HTTP \x01\x02\r\n\r\n")
        self.close_connection = True

    def _odd_reason(self) -> None:
        self.wfile.write(b"HTTP/1.1 500 Kapu\xff\xfett\r\nContent-Length: 0\r\n\r\n")

    def _endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        while not self.server.ending.is_set():
            self.wfile.write(b"more\n")
            time.sleep(0.02)

    def _hangs_in_head(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Half: ")
        self._wait()

    def _hangs_in_body(self) -> None:
        self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"value"')
        self._wait()

    def _hangs_in_chunk(self) -> None:
        self.wfile.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n{"value"')
        self._wait()

    def _trickles(self) -> None:
        """A good answer, a byte every now and then."""
        for sign in whole_answer("200 OK", body=b'{"value": 1}'):
            if not self.server.ending.wait(self.server.slowness / 20):
                self.wfile.write(bytes([sign]))
        self.close_connection = True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()  # which holds the connection open, too
        self.connection.close()
        self.close_connection = True

    def _wait(self) -> None:
        self.server.ending.wait(self.server.slowness)
        self.close_connection = True

    def _huge(self) -> None:
        """As much as the client takes, up to 2 GB; how much that was is in ``sent``."""
        self.send_response(200)
        self.send_header("Content-Length", str(2_000_000_000))
        self.end_headers()
        block = b"x" * 65536
        for _ in range(2_000_000_000 // len(block)):
            self.wfile.write(block)
            self.server.sent += len(block)

    def _slow(self) -> None:
        if not self.server.ending.wait(self.server.slowness):
            self._answer(b'{"value": 3}')

    def _held(self) -> None:
        """Answers when the test lets it."""
        if self.server.released.wait(self.server.slowness):
            self._answer(b'{"value": 3}')

    def _html(self) -> None:
        self._answer(b"<html><body><h1>Please log in</h1></body></html>", type="text/html")

    def _latin(self) -> None:
        self._answer("Störung".encode("latin-1"), type="text/plain; charset=iso-8859-1")

    def _invalid(self) -> None:
        self._answer(b'{"value": "\xff\xfe\x80"}')

    def _bomb(self) -> None:
        self._answer(XML_BOMB, type="text/xml")

    def _gzip(self) -> None:
        self._answer(GZIP_BOMB, Content_Encoding="gzip")

    def _png(self) -> None:
        self._answer(PNG, type="image/png")

    def _loop(self) -> None:
        self._answer(b"", 302, Location="/loop")

    def _moved(self) -> None:
        self._answer(b"", 302, Location="/json")

    def _away(self) -> None:
        self._answer(b"", 302, Location="file:///etc/passwd")

    def _login(self) -> None:
        self._answer(b'{"login": "%s"}' % self.headers.get("Authorization", "").encode())

    def log_message(self, *_: object) -> None:
        pass


class MonitorServer(ThreadingHTTPServer):
    """Counts what it is asked for, and how many ask at a time."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 500  # of those that ask at once the system would drop some, who try again seconds later

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.count: Counter[str] = Counter()
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.posted: list[bytes] = []
        self.bodies: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.raw: dict[str, bytes] = {}  # whole answers, head and body
        self.version = 1
        self.slowness = 30.0
        self.sent = 0
        self.at_once = self.most_at_once = 0
        self.ending = threading.Event()
        self.released = threading.Event()
        self._counting = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @contextmanager
    def counting(self, path: str) -> Iterator[None]:
        with self._counting:
            self.count[path] += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield
        finally:
            with self._counting:
                self.at_once -= 1

    def handle_error(self, *_: object) -> None:
        """A client that went away is what the tests are about."""


def whole_answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    """An answer as it goes over the line: ``whole_answer("302 Found", "Location: /there")``."""
    head = [f"HTTP/1.1 {status}", "Connection: close", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


@contextmanager
def serving(server: MonitorServer) -> Iterator[MonitorServer]:
    """The server, running in a thread."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ending.set()
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def with_tls(server: MonitorServer, certificate: Path, clients: Path | None = None) -> None:
    """Let a server speak TLS.

    Args:
        server: the server.
        certificate: PEM file of its certificate and key.
        clients: the authority of its clients' certificates, which it then demands.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


def write_certificate(path: Path, name: str, days: int = 30, passphrase: bytes = b"", **constraints: Any) -> None:
    """A self-signed certificate and its key for 127.0.0.1, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    hidden = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)
    )
