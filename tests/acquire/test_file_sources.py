"""Sources that are files: each of the age that it may have, and told if it cannot be read."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from making import FetchOne


def test_a_file_is_read_relative_to_the_site(fetch_one: FetchOne, tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"a": 1}')
    assert fetch_one("state.json").json() == {"a": 1}
    assert fetch_one(f"file://{tmp_path}/state.json").json() == {"a": 1}
    assert fetch_one("file:state.json").url == "state.json"


def test_a_file_that_cannot_be_read_is_told(fetch_one: FetchOne, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large").write_bytes(b"x" * 2000)
    for source, sentence in {
        "nowhere.txt": "The file nowhere.txt cannot be read: No such file or directory.",
        "/etc": "/etc is not a file.",
        "fifo": "fifo is not a file.",
        "/dev/zero": "/dev/zero is not a file.",
        "/etc/passwd/x": "The file /etc/passwd/x cannot be read: Not a directory.",
        "large": "The source is larger than the 1 kB that it may be.",
    }.items():
        assert fetch_one(source, settings={"max_size": 1000}).error == sentence


@pytest.mark.parametrize(
    ("minutes", "settings", "options", "fault"),
    [
        (59, {}, {}, ""),
        (61, {}, {}, "UTC, longer ago than the 1 h that it may be"),
        (61, {"max_age_intervals": 8}, {}, ""),
        (61, {"max_age_intervals": 0}, {}, ""),
        (61, {}, {"max_age": "1d"}, ""),
        (61, {}, {"max_age": "0"}, ""),
        (10, {"max_age_intervals": 0}, {"max_age": "5m"}, "UTC, longer ago than the 5 min that it may be"),
        (-0.5, {}, {}, ""),
        (-600, {}, {}, "UTC, which is in the future: its age is not known"),
    ],
)
def test_a_file_grows_too_old(
    minutes: float, settings: dict[str, Any], options: dict[str, Any], fault: str, fetch_one: FetchOne, tmp_path: Path
) -> None:
    (tmp_path / "state.json").write_text("{}")
    then = time.time() - 60 * minutes
    os.utime(tmp_path / "state.json", (then, then))
    fetched = fetch_one("state.json", settings, **options)
    assert fault in fetched.error
    assert fetched.ok == (not fault)
    assert fetched.reached


def test_a_file_that_may_not_be_read_is_told(fetch_one: FetchOne, tmp_path: Path, as_nobody: Any) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "cache").mkdir()
    for name in ("tmp", "cache"):
        (tmp_path / name).chmod(0o777)
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0)
    with as_nobody():
        assert fetch_one("secret").error == "The file secret cannot be read: Permission denied."


def test_the_sentence_of_an_old_file_does_not_grow_old_itself(fetch_one: FetchOne, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("{}")
    os.utime(tmp_path / "state", (86400, 86400))
    assert fetch_one("state").error == (
        "The file state was last written 1970-01-02 00:00 UTC, longer ago than the 1 h that it may be (max_age)."
    )
