"""Where modules come from: shipped with HappyFace, a site's ``modules/`` directory, and installed packages.

All three are the same to everything else. A module is known by its name (its folder, file or entry point) and
its *location*, a text from which any process can load it.
"""

import hashlib
import importlib
import importlib.util
import inspect
import sys
import types
from dataclasses import dataclass
from functools import cache
from importlib.abc import SourceLoader
from importlib.metadata import entry_points
from pathlib import Path

from happyface.contract.module import Module
from happyface.errors import ModuleError

LONGEST_NAME = 36
"""Of a module: its tables are named after it and their rows, and PostgreSQL's names have at most 63 letters."""
_SHIPPED = Path(__file__).parents[1] / "modules"


@dataclass(frozen=True)
class FoundModule:
    """A module that can be named in a configuration.

    Attributes:
        name: what ``module = …`` says.
        location: ``package.module``, ``package.module:Class``, or ``file:PATH``.
        origin: ``shipped``, ``site`` or ``installed``.
    """

    name: str
    location: str
    origin: str

    @property
    def files(self) -> list[Path]:
        """Its own files: code and template, without samples."""
        if self.location.startswith("file:"):
            path = Path(self.location.removeprefix("file:"))
        else:
            path = _place(self.location.partition(":")[0])
        if path.name == "__init__.py":
            return sorted(each for each in path.parent.iterdir() if each.suffix in (".py", ".html"))
        return [each for each in (path, path.with_suffix(".html")) if each.is_file()]

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
        return next((each for each in self.files if each.suffix == ".html"), None)


def find_modules(directory: Path | None = None) -> dict[str, FoundModule]:
    """All modules by name. A site's own come before installed ones, and those before the shipped ones.

    Args:
        directory: the site's ``modules/`` directory.
    """
    found = {
        path.name: FoundModule(path.name, f"happyface.modules.{path.name}", "shipped") for path in _packages(_SHIPPED)
    }
    for point in entry_points(group="happyface.modules"):
        found[point.name] = FoundModule(point.name, point.value, "installed")
    if directory and directory.is_dir():
        for path in _packages(directory):
            found[path.name] = FoundModule(path.name, f"file:{path / '__init__.py'}", "site")
        for path in sorted(directory.glob("*.py")):
            found[path.stem] = FoundModule(path.stem, f"file:{path}", "site")
    return found


def _place(module: str) -> Path:
    """Where an installed module's code is; an empty path where there is none."""
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return Path()
    return Path(found.origin) if found and found.origin else Path()


def _packages(directory: Path) -> list[Path]:
    return sorted(path.parent for path in directory.glob("*/__init__.py"))


def load_module(location: str) -> type[Module]:
    """The class of a module.

    Raises:
        ModuleError: it does not import, or holds no module, or several.
    """
    path = Path(location.removeprefix("file:"))
    changed = path.stat().st_mtime_ns if location.startswith("file:") and path.is_file() else 0
    return _load(location, changed)


@cache
def _load(location: str, changed: int) -> type[Module]:
    name, _, wanted = ("", "", "") if location.startswith("file:") else location.partition(":")
    try:
        code = importlib.import_module(name) if name else _import_file(Path(location.removeprefix("file:")), changed)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a module may even call sys.exit() when imported; it stops nobody else
        raise ModuleError(f"it does not import: {_told(error, location)}") from error
    classes = [
        each
        for key, each in vars(code).items()
        if inspect.isclass(each)
        and issubclass(each, Module)
        and each is not Module
        and (key == wanted if wanted else each.__module__ == code.__name__)
    ]
    if len(classes) != 1:
        names = ", ".join(each.__name__ for each in classes)
        raise ModuleError(f"it must define one Module class; it defines {names or 'none'}")
    return classes[0]


def _told(error: BaseException, location: str) -> str:
    line = (
        next(
            (
                f", line {frame.lineno}"
                for frame in reversed(inspect.getinnerframes(error.__traceback__))
                if frame.filename == location.removeprefix("file:")
            ),
            "",
        )
        if error.__traceback__
        else ""
    )
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}{': ' if text else ''}{text}{line}"


def _import_file(path: Path, changed: int) -> types.ModuleType:
    """Import a site's file under a name of its own, so that two sites may live in one process."""
    version = hashlib.sha1(f"{path}{changed}".encode(), usedforsecurity=False).hexdigest()[:12]
    name = f"happyface_site_{version}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or not isinstance(spec.loader, SourceLoader):
        raise ModuleError(f"{path} is no Python file")
    code = importlib.util.module_from_spec(spec)
    sys.modules[name] = code  # pydantic looks up the names of annotations there
    try:
        # Not by exec_module, whose .pyc is taken for new when a file was changed within a second.
        exec(spec.loader.source_to_code(path.read_bytes(), str(path)), code.__dict__)  # noqa: S102
    except BaseException:
        del sys.modules[name]
        raise
    return code
