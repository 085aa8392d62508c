"""Importing a module's code: done in processes of its own alone, never where pages or runs are made."""

import importlib
import importlib.util
import inspect
import sys
import traceback
from pathlib import Path
from types import ModuleType

from pydantic import ValidationError

from happyface.contract.module import Module
from happyface.contract.quoting import one_line
from happyface.errors import HappyFaceError, ModuleError

_LONGEST = 200


def load_module(location: str) -> type[Module]:
    """The class of a module.

    Args:
        location: ``package.module``, ``package.module:Class``, or ``file:PATH``.

    Raises:
        ModuleError: it does not import, or holds no module, or several.
    """
    name, _, wanted = ("", "", "") if location.startswith("file:") else location.partition(":")
    path = Path(location.removeprefix("file:"))
    try:
        code = importlib.import_module(name) if name else _import_file(path)
    except BaseException as error:  # a module may even call sys.exit() when it is imported
        place = "" if isinstance(error, ModuleError) and not error.__traceback__ else code_place(error, path.parent)
        raise ModuleError(f"it does not import: {summary(error)}{place}") from error
    return _only_class(code, wanted)


def _only_class(code: ModuleType, wanted: str) -> type[Module]:
    classes = [
        value
        for key, value in vars(code).items()
        if inspect.isclass(value)
        and issubclass(value, Module)
        and value is not Module
        and (key == wanted if wanted else value.__module__ == code.__name__)  # not those that it imports
    ]
    if len(classes) != 1:
        names = ", ".join(found.__name__ for found in classes)
        raise ModuleError(f"it must define one Module class; it defines {names or 'none'}")
    return classes[0]


def _import_file(path: Path) -> ModuleType:
    """Import a site's file. It may import what lies beside it: first in its own folder, then in ``modules/``."""
    is_folder = path.name == "__init__.py"
    folder = path.parent if is_folder else path.parent / path.stem
    # insert(0) in this order: the module's own folder ends up first.
    for directory in (folder.parent, folder):
        sys.path.insert(0, str(directory))
    # A .pyc is taken for new when a file was changed within a second and has kept its length.
    sys.dont_write_bytecode = True
    name = f"happyface_site_{folder.name}"
    spec = importlib.util.spec_from_file_location(
        name, path, submodule_search_locations=[str(folder)] if is_folder else None
    )
    if spec is None or spec.loader is None:
        raise ModuleError(f"{path} is no Python file")
    code = importlib.util.module_from_spec(spec)
    sys.modules[name] = code  # pydantic looks up the names of annotations there
    spec.loader.exec_module(code)
    return code


def summary(error: BaseException, limit: int = _LONGEST) -> str:
    """What an exception says, on one line, with its kind; code of others may not even be able to say that."""
    try:
        if isinstance(error, ValidationError):
            return _first_problem(error)
        if isinstance(error, SyntaxError):  # its text ends with the place, which is told besides
            return f"{type(error).__name__}: {error.msg}"
        text = one_line(str(error), limit)
    except BaseException:
        text = ""
    if isinstance(error, HappyFaceError):
        return text
    return f"{type(error).__name__}{': ' if text else ''}{text}"


def _first_problem(error: ValidationError) -> str:
    """``Node.reason: Input should be a valid string, not None``."""
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join((error.title, *map(str, first["loc"])))
    if first["type"] == "missing":
        return f"{where}: it needs a value"
    if first["type"] == "is_instance_of" and "State" in first["msg"]:
        return f"{where}: it is a State such as State.critical('down'), not {_written(first['input'])}"
    return f"{where}: {first['msg']}, not {_written(first['input'])}"


def _written(value: object) -> str:
    return one_line(repr(value), _LONGEST // 4)


def code_place(error: BaseException, folder: Path) -> str:
    """Where in a module's own files an exception came from: `` (tape/__init__.py, line 33)``; empty if nowhere."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({_short(Path(error.filename))}, line {error.lineno})"
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    # The last one of the module itself, or of code that it shares with its neighbours: not of a library that it calls.
    for path, line in reversed(frames):
        if path.is_relative_to(folder) or path.is_relative_to(folder.parent):
            return f" ({_short(path)}, line {line})"
    return ""


def _short(path: Path) -> str:
    return str(Path(*path.parts[-2:]))
