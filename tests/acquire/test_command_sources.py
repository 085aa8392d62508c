"""Sources that are commands: what they print counts, and nothing of theirs stays behind."""

import shlex
import sys
from pathlib import Path

import pytest

from children import ended
from making import FetchOne


def python(code: str) -> str:
    return f"command:{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


def test_a_command_is_run_without_a_shell_in_the_site(fetch_one: FetchOne, tmp_path: Path) -> None:
    assert fetch_one("command:echo 'a  b' $HOME; *").text() == "a  b $HOME; *\n"
    assert fetch_one("command:pwd").text().strip() == str(tmp_path)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (python("import sys; print(1); sys.exit('it  is\\nbroken.')"), "ended with status 1: it is broken."),
        (python("import sys; sys.exit(3)"), "ended with status 3."),
        (python("import os; os.kill(os.getpid(), 9)"), "ended with signal SIGKILL."),
        ("command:no-such-program -x", "The command no-such-program cannot be run: No such file or directory."),
        ("command:/etc/passwd", "The command /etc/passwd cannot be run: Permission denied."),
        ("command:/ ", "The command / cannot be run: Permission denied."),
        ("command:yes", "The source is larger than the 1 MB that it may be."),
        ("command:sleep 601", "The source did not answer within 1 s."),
        (python("import sys; sys.stderr.write('x' * 10**7); sys.exit(1)"), "ended with status 1: xxx"),
        (python("import sys; sys.stderr.buffer.write(b'\\xff\\0'); sys.exit(1)"), "ended with status 1: "),
    ],
)
def test_a_command_that_fails_is_told(source: str, sentence: str, fetch_one: FetchOne) -> None:
    fetched = fetch_one(source, settings={"timeout": 1, "max_size": 1e6})
    assert sentence in fetched.error
    assert len(fetched.error) < 600
    assert "\n" not in fetched.error


@pytest.mark.parametrize("length", [0, 90, 136, 137, 180, 100_000])
def test_the_cause_is_told_be_it_said_first_or_last(length: int, fetch_one: FetchOne) -> None:
    complaint = f"'no route to the host.\\n' + 'at line 7\\n' * 5 + 'ä' * {length} + '\\nlogin refused\\n'"
    error = fetch_one(python(f"import sys; sys.stderr.reconfigure(encoding='utf-8'); sys.exit({complaint})")).error
    assert ": no route to the host. at line 7" in error
    assert error.endswith("login refused.")
    assert ("…" in error) == (length > 136)
    assert "\ufffd" not in error


def test_a_hanging_command_is_ended_with_its_children(fetch_one: FetchOne, tmp_path: Path) -> None:
    script = tmp_path / "parent.sh"
    script.write_text(f"#!/bin/sh\nsleep 602 & echo $! > {tmp_path}/child\nsleep 603\n")
    script.chmod(0o755)
    fetched = fetch_one(f"command:{script}", settings={"timeout": 0.7})
    assert "did not answer within" in fetched.error
    child = int((tmp_path / "child").read_text())
    assert ended(child)


def test_what_a_command_said_counts_and_its_daemon_ends_with_it(fetch_one: FetchOne, tmp_path: Path) -> None:
    script = tmp_path / "daemon.sh"
    script.write_text(f"#!/bin/sh\necho here\nsetsid sleep 60 &\necho $! > {tmp_path}/daemon\n")
    script.chmod(0o755)
    fetched = fetch_one(f"command:{script}", settings={"timeout": 50})
    assert fetched.text() == "here\n"
    assert ended(int((tmp_path / "daemon").read_text()))


def test_all_that_a_command_prints_at_its_end_is_read(fetch_one: FetchOne) -> None:
    printed = python("import sys; sys.stdout.write('x' * 3_000_000); sys.stdout.flush(); import os; os._exit(0)")
    assert len(fetch_one(printed, settings={"timeout": 50}).text()) == 3_000_000
