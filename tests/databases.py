"""Real database servers, started for the tests and gone after them."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """A running database server: the SQLAlchemy address of its databases, without a name."""

    url: str

    def database(self, name: str) -> str:
        """The address of one database."""
        return f"{self.url}/{name}"


class Missing(Exception):
    """What is missing to start a server, as a sentence."""


def _program(name: str) -> str:
    places = [
        *os.get_exec_path(),
        "/usr/local/bin",
        "/usr/sbin",
        *(str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)),
    ]
    found = shutil.which(name, path=os.pathsep.join(places))
    if not found:
        raise Missing(f"the program {name} is not installed")
    return found


def _user(wanted: str) -> str | None:
    """As whom a database server is run, which refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in (wanted, "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Missing(f"there is no user {wanted} to run it")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _home(user: str | None) -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="happyface-db-"))
    try:
        if user:
            shutil.chown(directory, user)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _running(command: list[str], user: str | None, home: Path, port: int) -> Iterator[None]:
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, user=user, cwd=home, stdout=log, stderr=log)
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise Missing(f"{command[0]} does not start: {(home / 'log').read_text(errors='replace')[-500:]}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server in a directory of its own.

    Raises:
        Missing: it is not installed.
    """
    initdb, postgres, user = _program("initdb"), _program("postgres"), _user("postgres")
    port = _free_port()
    with _home(user) as home:
        made = [initdb, "-D", str(home / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        subprocess.run(made, user=user, cwd=home, check=True, capture_output=True)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "16MB",
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        with _running([postgres, "-D", str(home / "data"), *options], user, home, port):
            yield Server(f"postgresql+psycopg://postgres@127.0.0.1:{port}")


@contextmanager
def mariadb() -> Iterator[Server]:
    """A MariaDB server in a directory of its own: Debian's mariadb-server-core and mariadb-client-core.

    Raises:
        Missing: it is not installed.
    """
    install, mariadbd, user = _program("mariadb-install-db"), _program("mariadbd"), _user("mysql")
    _program("my_print_defaults")
    port = _free_port()
    with _home(user) as home:
        data = f"--datadir={home / 'data'}"
        made = [install, "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(made, user=user, cwd=home, check=True, capture_output=True)
        options = ["--bind-address=127.0.0.1", f"--port={port}", f"--socket={home / 's'}", f"--pid-file={home / 'p'}"]
        quick = ["--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", "--innodb-buffer-pool-size=32M"]
        with _running([mariadbd, "--no-defaults", data, *options, *quick], user, home, port):
            yield Server(f"mysql+pymysql://root@127.0.0.1:{port}")
