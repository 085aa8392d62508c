#!/usr/bin/env python3
"""One command file: sets up .venv as far as a command needs it, and runs the command.

python3 dev.py demo        the demo, with its site in demo/
python3 dev.py test        the tests (further arguments go to pytest)
python3 dev.py coverage    the tests, and which code they reach, also in processes of its own
python3 dev.py mutate      small faults are put into the code: do the tests notice? (PART… for some of it)
python3 dev.py check       format, lint, types
python3 dev.py docs        the manual, in docs/_build/html
python3 dev.py benchmarks  the benchmarks (further arguments go to them)
python3 dev.py run …       the command happyface
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
EVERYTHING = "test,quality,docs"


def main(arguments: list[str]) -> int:
    """Run a command; its exit status."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    commands = {
        "demo": ("", [["happyface", "demo", "--dir", "demo", *rest]]),  # --dir may be given again
        "run": ("", [["happyface", *rest]]),
        "test": ("test", [["pytest", *rest]]),
        "coverage": (
            "test",
            [
                ["coverage", "erase"],
                ["coverage", "run", "-m", "pytest", *rest],
                ["coverage", "combine", "--quiet"],
                ["coverage", "report"],
            ],
        ),
        "mutate": ("test,mutation", [["python", "tests/mutating.py", *rest]]),
        "check": (
            EVERYTHING,
            [["ruff", "format", "--check", "."], ["ruff", "check", "."], ["mypy"]],
        ),
        "docs": (
            "docs",
            [["sphinx-build", "-W", "-n", "--keep-going", "-b", "html", "docs", "docs/_build/html", *rest]],
        ),
        "benchmarks": ("test", [["python", "-m", "benchmarks", *rest]]),
    }
    if name not in commands:
        print(__doc__.strip())
        return 0 if name in ("", "-h", "--help") else 2
    extras, steps = commands[name]
    set_up(extras)
    return max(run(step) for step in steps)


def set_up(extras: str) -> None:
    """Make .venv, and install the checkout in it with some extras, unless that has been done already."""
    done = VENV / f".installed-{extras.replace(',', '-') or 'plain'}"
    wanted = fingerprint()
    if done.is_file() and done.read_text() == wanted:
        return
    if not (BIN / "python").exists():
        print("Making .venv …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    print(f"Installing HappyFace{f' for {extras}' if extras else ''} in .venv …", flush=True)
    target = f".[{extras}]" if extras else "."
    pip = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "-e", target], cwd=ROOT).returncode:
        sys.exit("The installation failed; what pip said stands above.")
    # pip compiles what it installs, but not a checkout: each start would do that anew where Python may not write.
    subprocess.run([str(BIN / "python"), "-m", "compileall", "-q", "src"], cwd=ROOT)
    done.write_text(wanted)


def fingerprint() -> str:
    """Changes when the installation has to be done again: what is needed, or the pages' scripts and styles."""
    files = [ROOT / "pyproject.toml", ROOT / "hatch_build.py", *sorted((ROOT / "frontend").glob("**/*"))]
    content = b"".join(path.read_bytes() for path in files if path.is_file() and "node_modules" not in path.parts)
    return hashlib.sha256(content).hexdigest()


def run(step: list[str]) -> int:
    """Run one program of .venv."""
    program = BIN / step[0]
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        return subprocess.run([str(program), *step[1:]], cwd=ROOT, env=environment).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
