"""Where modules come from: shipped with HappyFace, a site's ``modules/`` directory, and installed packages.

All three are the same to everything else. A module is known by its name (its folder, file or entry point) and
its *location*, a text from which any process can load it. Nothing of a module's is imported here.
"""

import hashlib
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

_SHIPPED = Path(__file__).parents[1] / "modules"


@dataclass(frozen=True)
class FoundModule:
    """A module that can be named in a configuration.

    Attributes:
        name: what ``module = …`` says.
        location: ``package.module``, ``package.module:Class``, or ``file:PATH``.
    """

    name: str
    location: str
    origin: Literal["shipped", "site", "installed"]

    @cached_property
    def files(self) -> list[Path]:
        """Its own files: code and template, without samples."""
        path = self._code
        if path.name == "__init__.py":
            return sorted(file for file in path.parent.iterdir() if file.suffix in (".py", ".html"))
        return [file for file in (path, path.with_suffix(".html")) if file.is_file()]

    @property
    def _code(self) -> Path:
        if self.location.startswith("file:"):
            return Path(self.location.removeprefix("file:"))
        return _place(self.location.partition(":")[0])

    @property
    def lines(self) -> int:
        """How many lines its own files have."""
        return sum(len(path.read_text(encoding="utf-8", errors="replace").splitlines()) for path in self.files)

    @property
    def samples(self) -> Path:
        """The folder of its samples, beside its code."""
        return next((path.parent for path in self.files), Path()) / "samples"

    @property
    def template(self) -> Path | None:
        """Its own template, if it has one: ``template.html`` in its folder, or ``NAME.html`` beside its file."""
        return next((file for file in self.files if file.suffix == ".html"), None)

    @property
    def digest(self) -> str:
        """A digest of its code and of what it may import beside it: the site's ``modules/``, or its package."""
        found = hashlib.sha256(self.location.encode())
        for path in self._shared_code():
            try:
                found.update(f"{path}\n".encode() + path.read_bytes())
            except OSError:
                continue  # it vanished, or cannot be read: then importing it fails
        return found.hexdigest()

    def _shared_code(self) -> list[Path]:
        code = self._code
        if self.origin == "shipped":
            return sorted([*code.parent.glob("*.py"), *(_SHIPPED.parent / "contract").glob("**/*.py")])
        folder = code.parent.parent if self.origin == "site" and code.name == "__init__.py" else code.parent
        return sorted(folder.glob("**/*.py"))[:1000] if code.is_file() else []


def find_modules(directory: Path | None = None) -> dict[str, FoundModule]:
    """All modules by name. A site's own come before installed ones, and those before the shipped ones.

    Args:
        directory: the site's ``modules/`` directory.
    """
    # Later ones replace earlier ones: a site may have its own version of a shipped module.
    found = {
        path.name: FoundModule(path.name, f"happyface.modules.{path.name}", "shipped") for path in _packages(_SHIPPED)
    }
    for point in entry_points(group="happyface.modules"):  # names alone: no package is imported
        found[point.name] = FoundModule(point.name, point.value, "installed")
    if directory and directory.is_dir():
        for path in _packages(directory):
            found[path.name] = FoundModule(path.name, f"file:{path / '__init__.py'}", "site")
        for path in sorted(directory.glob("*.py")):
            found[path.stem] = FoundModule(path.stem, f"file:{path}", "site")
    return found


def _place(module: str) -> Path:
    """Where an installed module's code is; an empty path where there is none.

    Looked for step by step, since ``importlib.util.find_spec`` imports the packages around it.
    """
    places: list[str] | None = sys.path
    spec: ModuleSpec | None = None
    parts = module.split(".")
    for number in range(1, len(parts) + 1):
        if places is None:
            return Path()
        spec = PathFinder.find_spec(".".join(parts[:number]), places)
        if spec is None:
            return Path()
        places = list(spec.submodule_search_locations) if spec.submodule_search_locations is not None else None
    return Path(spec.origin) if spec and spec.origin else Path()


def _packages(directory: Path) -> list[Path]:
    return sorted(path.parent for path in directory.glob("*/__init__.py"))
