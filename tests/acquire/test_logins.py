"""Certificates, logins and secrets: each goes where it is meant to, and is shown nowhere."""

import logging
import sys
import time
from pathlib import Path

import pytest

import servers
from happyface.contract.source import Source
from making import Fetch, FetchOne
from servers import MonitorServer


def test_a_login_of_the_users_own_is_not_sent(
    server: MonitorServer, fetch_one: FetchOne, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password swordfish\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("ftp_proxy", "http://127.0.0.1:1")
    fetch_one(f"{server.url}/etag")
    assert [headers.get("Authorization") for _, headers in server.seen] == [None]


def test_an_untrusted_certificate_is_told(tls_server: MonitorServer, fetch_one: FetchOne) -> None:
    url = tls_server.url.replace("http:", "https:")
    error = fetch_one(f"{url}/json").error
    assert error.startswith("The source could not be reached: its certificate is not trusted (self")
    assert tls_server.count == {}


@pytest.mark.parametrize("path", ["json", "empty", "missing", "etag"])
def test_an_unchecked_certificate_is_read_all_the_same(
    path: str, tls_server: MonitorServer, fetch_one: FetchOne
) -> None:
    url = tls_server.url.replace("http:", "https:")
    for _ in range(10):
        found = fetch_one(f"{url}/{path}", verify="no").certificate
        assert found is not None
        assert found.subject == found.issuer == "monitor.example.org"
        assert 29 < (found.not_after - time.time()) / 86400 < 31


def test_an_authority_of_ones_own_is_trusted(tls_server: MonitorServer, certificate: Path, fetch_one: FetchOne) -> None:
    url = tls_server.url.replace("http:", "https:")
    assert fetch_one(f"{url}/json", ca=str(certificate)).json() == {"value": 1}


def test_plain_http_where_tls_is_expected_is_told(
    server: MonitorServer, tls_server: MonitorServer, fetch_one: FetchOne
) -> None:
    assert fetch_one(server.url.replace("http:", "https:")).error == (
        "The source could not be reached: it does not speak TLS as expected."
    )
    assert not fetch_one(f"{tls_server.url}/json").ok


def test_a_client_certificate_is_shown_to_who_asks(certificate: Path, fetch_one: FetchOne, tmp_path: Path) -> None:
    client = tmp_path / "client.pem"
    servers.write_certificate(client, "HappyFace robot")
    running = MonitorServer()
    servers.with_tls(running, certificate, clients=client)
    with servers.serving(running):
        url = f"{running.url.replace('http:', 'https:')}/json"
        assert fetch_one(url, verify="no", certificate="client.pem").json() == {"value": 1}
        assert not fetch_one(url, verify="no").ok


def test_a_key_with_a_passphrase_is_told_and_nobody_is_asked(
    tls_server: MonitorServer, fetch_one: FetchOne, tmp_path: Path
) -> None:
    servers.write_certificate(tmp_path / "robot.pem", "HappyFace robot", passphrase=b"hunter2")
    url = tls_server.url.replace("http:", "https:")
    fetched = fetch_one(f"{url}/json", verify="no", certificate="robot.pem")
    assert fetched.error == ("The source's key has a passphrase, which nobody can type in a run; give it one without.")


@pytest.mark.parametrize("option", ["certificate", "ca"])
def test_a_missing_certificate_file_is_told(option: str, tls_server: MonitorServer, fetch_one: FetchOne) -> None:
    url = tls_server.url.replace("http:", "https:")
    error = fetch_one(f"{url}/json", **{option: "no/such.pem"}).error
    assert "no/such.pem" in error
    assert "cannot be read" in error


def test_secrets_are_filled_in_only_for_the_request(
    server: MonitorServer, fetch_one: FetchOne, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    source = f"{server.url}/json?token=${{env:TOKEN}}"
    with caplog.at_level(logging.DEBUG):
        fetched = fetch_one(source, user="me", password="${env:TOKEN}", **{"header.x-key": "${env:TOKEN}"})
    path, headers = server.seen[0]
    assert path == "/json?token=hunter2"
    assert headers["x-key"] == "hunter2"
    assert headers["authorization"].startswith("Basic ")
    assert "hunter2" not in repr(fetched)
    assert "hunter2" not in caplog.text


def test_a_secret_is_written_as_its_place_wants_it(
    server: MonitorServer, fetch_all: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", """a#b&c "d' e""")
    address = f"{server.url}/json?token=${{env:TOKEN}}"
    command = f"command:{sys.executable} -c 'import sys; print(sys.argv[1:])' ${{env:TOKEN}} end"
    posted = Source.parse(f"{server.url}/posted").post(json={"token": "${env:TOKEN}"})
    answers = fetch_all(address, command, posted)
    assert [path for path, _ in server.seen if path.startswith("/json")] == ["/json?token=a%23b%26c%20%22d'%20e"]
    assert answers[command].text().strip() == str(["""a#b&c "d' e""", "end"])
    assert server.posted == [b'{"token": "a#b&c \\"d\' e"}']


@pytest.mark.parametrize(
    "source",
    [
        "http://me:${env:TOKEN}@127.0.0.1:1/x",
        "http://127.0.0.1/${env:TOKEN}",
        "${env:TOKEN}/file",
        "command:${env:TOKEN}",
        "https://me:${env:TOKEN}@127.0.0.1:1/",
    ],
)
def test_a_secret_is_in_no_error(source: str, fetch_one: FetchOne, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hunter2:/[ /x")
    fetched = fetch_one(source, settings={"timeout": 2})
    assert not fetched.ok
    assert "hunter2" not in repr(fetched)


def test_a_secret_that_vanished_is_told(server: MonitorServer, fetch_one: FetchOne) -> None:
    error = fetch_one(f"{server.url}/json?token=${{env:NO_SUCH_VARIABLE}}").error
    assert "the environment variable NO_SUCH_VARIABLE is not set" in error


def test_a_password_in_an_address_is_not_shown(server: MonitorServer, fetch_one: FetchOne) -> None:
    fetched = fetch_one(server.url.replace("//", "//me:swordfish@") + "/login")
    assert fetched.json() == {"login": "Basic bWU6c3dvcmRmaXNo"}
    assert "swordfish" not in repr(fetched)
