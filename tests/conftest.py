"""What many tests need: a site, servers that misbehave, databases, a store on each of them."""

import itertools
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

import databases
import servers
from happyface.store import Store
from making import PROBE, MakeSite

# What stands in the environment of whoever runs the tests changes what commands look at and how they print.
for _name in ("HAPPYFACE_SITE", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "PYTHONUTF8"):
    os.environ.pop(_name, None)
for _name in ("http_proxy", "https_proxy", "all_proxy"):  # no proxy reaches the tests' own servers
    os.environ.pop(_name, None)
    os.environ.pop(_name.upper(), None)


# The same examples each time, so that a red test is one that a change has made red; a busy machine is no failure.
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Where everything is installed, a skipped test is a failure."""
    report = yield
    if report.skipped and os.environ.get("HAPPYFACE_SKIP_NOTHING") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@pytest.fixture(autouse="MUTANT_UNDER_TEST" in os.environ)
def nothing_is_kept_between_tests() -> None:
    """For mutation testing: what a function keeps for good would hide which tests reach it, and what its faults do."""
    for name, module in list(sys.modules.items()):
        if name.startswith("happyface."):
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()


@pytest.fixture
def make_site(tmp_path: Path) -> MakeSite:
    """Writes a site: ``make_site({"config/x.cfg": "…"}, instances="[a]…", modules={"probe": "…"})``.

    Where no categories are given, one named ``all`` takes the instances of ``members``.
    """

    def make(
        files: dict[str, str] | None = None,
        *,
        site: str = "",
        categories: str = "",
        instances: str = "",
        modules: dict[str, str] | None = None,
        members: str = "",
    ) -> Path:
        root = tmp_path / "site"
        written = {
            "config/happyface.cfg": site,
            "config/categories-enabled/categories.cfg": categories or f"[all]\nmodules = {members}\n",
            "config/modules-enabled/instances.cfg": instances,
            "modules/probe.py": PROBE,
            **{f"modules/{name}.py": code for name, code in (modules or {}).items()},
            **(files or {}),
        }
        for name, text in written.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        return root

    return make


@pytest.fixture
def server() -> Iterator[servers.MonitorServer]:
    """A server on loopback that answers well or badly, by the path it is asked for."""
    with servers.serving(servers.MonitorServer()) as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1, with its key."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    servers.write_certificate(path, "monitor.example.org", days=30)
    return path


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[servers.MonitorServer]:
    """The same over TLS, with a certificate that nobody trusts."""
    running = servers.MonitorServer()
    servers.with_tls(running, certificate)
    with servers.serving(running):
        yield running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[databases.Server]:
    """A PostgreSQL server, or a skip that names what it misses."""
    try:
        with databases.postgresql() as running:
            yield running
    except databases.Missing as missing:
        pytest.skip(f"PostgreSQL cannot be used: {missing}")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[databases.Server]:
    """A MariaDB server, or a skip that names what it misses."""
    try:
        with databases.mariadb() as running:
            yield running
    except databases.Missing as missing:
        pytest.skip(f"MariaDB cannot be used: {missing}")


_numbers = itertools.count(1)


@pytest.fixture
def new_postgresql_database(postgresql: databases.Server) -> str:
    """The address of an empty PostgreSQL database."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = sa.create_engine(postgresql.database("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return postgresql.database(name)


@pytest.fixture
def new_mariadb_database(mariadb: databases.Server) -> str:
    """The address of an empty MariaDB database."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = sa.create_engine(mariadb.url)
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return mariadb.database(name)


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql), "mariadb"],
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return str(request.getfixturevalue(f"new_{request.param}_database"))


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store, on each database in turn."""
    with Store(database_url, tmp_path / "archive") as opened:
        yield opened


@pytest.fixture
def as_nobody(tmp_path: Path) -> Callable[[], AbstractContextManager[None]]:
    """Makes this process nobody's for a while where it is root's, so that file permissions hold."""

    @contextmanager
    def acting() -> Iterator[None]:
        if os.geteuid() != 0:
            yield
            return
        for path in (tmp_path, *tmp_path.parents):
            if "pytest" in str(path):
                path.chmod(0o755)
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    return acting
