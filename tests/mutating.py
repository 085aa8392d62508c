"""Mutation testing: small faults are put into a part of the code, and its tests have to notice them.

``python3 dev.py mutate`` tries every part, ``python3 dev.py mutate rating`` one. mutmut makes the faults and runs the
tests that reach each; a part passes when at least nine in ten of its faults are noticed. What was not is printed, to be
looked at one by one: it is a missing test, or code that makes no difference.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".mutation"
BAR = 0.9
"""So large a share of the faults has to be noticed."""
NOT_NOTICED = {0: "survived", 33: "no test reaches it", 5: "no test reaches it", 34: "skipped", None: "not tried"}
"""What the exit statuses of mutmut mean that are no success; tests that fail, hang or crash have noticed the fault."""
SETTINGS = """\
[tool.mutmut]
source_paths = ["src"]
only_mutate = {files}
pytest_add_cli_args_test_selection = {tests}
also_copy = ["conftest.py"]
# In one order: each fault is tried by those tests alone that reach it, and those were found out in an order, too.
pytest_add_cli_args = ["-p", "no:randomly", "-p", "no:cacheprovider", {options}]

[tool.pytest.ini_options]
markers = ["browser: ", "postgresql: ", "real: "]
"""
CONFTEST = """\
import functools
import gc


def pytest_sessionstart():
    \"\"\"A fault is switched on after everything was imported and tried once: what was kept then is made anew.\"\"\"
    for kept in gc.get_objects():
        if isinstance(kept, functools._lru_cache_wrapper) and str(kept.__module__).startswith("happyface"):
            kept.cache_clear()
"""


@dataclass(frozen=True)
class Part:
    """Files that faults are put into, and the tests that have to notice."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    options: tuple[str, ...] = ()


PARTS = {
    "rating": Part(
        ("src/happyface/rating/*.py",),
        tuple(f"tests/core/test_rating_{name}.py" for name in ("values", "expressions", "categories", "instances")),
    ),
    "access": Part(("src/happyface/model/access.py",), ("tests/store",), ("-k", "not postgresql and not mariadb")),
    "moments": Part(("src/happyface/store/moments.py",), ("tests/store",), ("-k", "not postgresql and not mariadb")),
    "writing": Part(("src/happyface/store/writing/*.py",), ("tests/store",), ("-k", "not postgresql and not mariadb")),
}


def main(names: list[str]) -> int:
    """Try some parts, or all; the exit status is 1 when one of them has too few tests."""
    if unknown := set(names) - PARTS.keys():
        print(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
        return 2
    passed = [_passes(name) for name in names or PARTS]
    return 0 if all(passed) else 1


def _passes(name: str) -> bool:
    place = _prepared(name, PARTS[name])
    print(f"{name}: faults are made and tried; that takes some minutes.", flush=True)
    with (place / "log").open("wb") as log:
        done = subprocess.run([_mutmut(), "run"], cwd=place, stdout=log, stderr=log, env=_environment())
    found = _results(place)
    if not found or set(found.values()) == {None}:
        print(f"{name}: no fault could be tried (exit status {done.returncode}); {place / 'log'} tells why.")
        return False
    missed = {key: NOT_NOTICED[code] for key, code in found.items() if code in NOT_NOTICED}
    for key, why in missed.items():
        print(f"\n{key}: {why}\n{_difference(place, key)}")
    noticed = len(found) - len(missed)
    reasons = "".join(f", {count} {why}" for why, count in sorted(Counter(missed.values()).items()))
    print(f"{name}: {noticed} of {len(found)} faults were noticed, {noticed / len(found):.1%}{reasons}.")
    return noticed >= BAR * len(found)


def _prepared(name: str, part: Part) -> Path:
    """A directory in which mutmut finds its settings, the code and the tests; what it made before is gone."""
    place = WORK / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for linked in ("src", "tests"):
        (place / linked).symlink_to(ROOT / linked)
    text = SETTINGS.format(
        files=json.dumps(part.files),
        tests=json.dumps(part.tests),
        options=", ".join(map(json.dumps, part.options)),
    )
    (place / "pyproject.toml").write_text(text, encoding="utf-8")
    (place / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    return place


def _results(place: Path) -> dict[str, int | None]:
    """The exit status of the tests by the name of each fault."""
    found: dict[str, int | None] = {}
    for path in sorted((place / "mutants").rglob("*.meta")):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def _difference(place: Path, key: str) -> str:
    shown = subprocess.run([_mutmut(), "show", key], cwd=place, capture_output=True, text=True, env=_environment())
    lines = [line for line in shown.stdout.splitlines() if line[:1] in "+-" and line[:3] not in ("---", "+++")]
    return "\n".join(f"  {line}" for line in lines if line)


def _mutmut() -> str:
    return str(Path(sys.executable).parent / "mutmut")


def _environment() -> dict[str, str]:
    """Without a path to the code that is not mutated."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
