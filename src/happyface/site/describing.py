"""Reading what module classes declare, and having them check their settings: runs in a process of its own.

``python -m happyface.site.describing`` takes one JSON document on its standard input, a list of
``{"location", "instances": {name: values}}``, and answers with a line for each: ``{"declaration"}`` with
``{"instances"}``, or ``{"error"}``. Whatever a module does when it is imported, it does to this process.
"""

import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from happyface.contract import module as contract
from happyface.contract.declaration import Declaration, Setting
from happyface.contract.module import Module
from happyface.contract.source import Source, flat_sources
from happyface.errors import HappyFaceError, ModuleError
from happyface.site.loading import code_place, load_module, summary
from happyface.site.nesting import fetched_settings, nested_settings, setting_shape
from happyface.site.processes import limit_memory, watch_over

COMMON = tuple(contract.CommonConfig.model_fields)
"""The settings that every instance has."""
_DECLARATION = TypeAdapter(Declaration)
_MEMORY = 1_000_000_000
"""Bytes that reading modules may take."""


def describe(code: type[Module]) -> Declaration:
    """What a module class declares.

    Raises:
        ModuleError: its ``extract`` does not fit its sources.
    """
    plain = (code.sources, code.__init__) == (Module.sources, Module.__init__)  # neither is overridden
    arguments = inspect.signature(code.extract).parameters
    settings = {name: _setting(code, name, info) for name, info in code.Config.model_fields.items()}
    if plain:
        _check_arguments(code, settings)
    return Declaration(
        code.__name__,
        inspect.cleandoc(code.__doc__ or ""),
        dict(code.declared.tables),
        settings,
        plain,
        callable(getattr(code, "then", None)),
        "previous" in arguments,
    )


def _setting(code: type[Module], name: str, info: FieldInfo) -> Setting:
    common = contract.CommonConfig.model_fields.get(name)
    default = None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
    return Setting(
        name,
        setting_shape(code.Config, name),
        info.description or "",
        info.is_required(),
        default if isinstance(default, str | int | float | bool | list | dict | None) else str(default),
        common is None or common.default != info.default,
        name in fetched_settings(code.Config),
    )


def _check_arguments(code: type[Module], settings: dict[str, Setting]) -> None:
    """The arguments of ``extract`` are the settings that are sources, and ``previous``."""
    arguments = list(inspect.signature(code.extract).parameters.values())[1:]
    # **fetched takes any source; a class without an extract of its own has nothing to compare.
    if any(argument.kind is argument.VAR_KEYWORD for argument in arguments) or code.extract is Module.extract:
        return
    fetched = {name: setting for name, setting in settings.items() if setting.fetched}
    taken = {argument.name: argument for argument in arguments if argument.name != "previous"}
    # What `then` asks for is known only when it has run, so further arguments may be its.
    second_round = callable(getattr(code, "then", None))
    for name, argument in taken.items():
        if name not in fetched and argument.default is argument.empty and not second_round:
            known = ", ".join(fetched) or "none"
            raise ModuleError(f"extract takes '{name}', and there is no source of that name; the sources are {known}")
        if name in fetched and not fetched[name].required and argument.default is argument.empty:
            raise ModuleError(f"extract takes '{name}', which may be missing: write '{name}: Fetched | None = None'")
    for name in fetched.keys() - taken.keys():
        raise ModuleError(f"the source '{name}' is no argument of extract, so nobody would read it")


def check_settings(code: type[Module], own: dict[str, str], defaults: dict[str, str]) -> dict[str, Any]:
    """Have a module check one instance's settings.

    Args:
        code: the module.
        own: the instance's section, as it is written.
        defaults: ``[DEFAULT]``, of which it takes what it knows.

    Returns:
        ``{"problems": […]}``, each in pydantic's form; or ``{"common": {…}, "sources": …}``: the settings that all
        instances have, with the module's own defaults, and what is fetched, in the shape in which ``extract`` is
        handed it.
    """
    known = {key: value for key, value in defaults.items() if key.partition(".")[0] in code.Config.model_fields}
    try:
        config = code.Config.model_validate(nested_settings(code.Config, known | own))
    except ValidationError as error:
        return {"problems": [_plain_problem(dict(problem)) for problem in error.errors(include_url=False)]}
    except Exception as error:
        place = code_place(error, _folder(code))
        return {"problems": [_problem(f"the module {code.__name__} failed: {summary(error)}{place}")]}
    common = {name: getattr(config, name) for name in COMMON}
    configured = {name: getattr(config, name) for name in fetched_settings(code.Config)}
    return {"common": common, "sources": dumped_sources(_without_empty(configured))}


def _without_empty(sources: dict[str, Any]) -> dict[str, Any]:
    """The sources without those that the configuration leaves empty."""
    return {
        name: value
        for name, value in sources.items()
        if (found := list(flat_sources(value))) and all(isinstance(source, Source) for source in found)
    }


def dumped_sources(value: Any) -> Any:
    """Sources as plain values, in the shape in which they are."""
    if isinstance(value, dict):
        return {str(key): dumped_sources(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [dumped_sources(member) for member in value]
    return value.model_dump(mode="json", exclude_defaults=True) if isinstance(value, Source) else value


def _problem(sentence: str) -> dict[str, Any]:
    # In pydantic's form, so that problem_sentences() reads all problems alike.
    return {"type": "value_error", "loc": [], "input": "", "msg": sentence, "ctx": {"error": sentence}}


def _plain_problem(error: dict[str, Any]) -> dict[str, Any]:
    """One of pydantic's errors, reduced to what JSON can hold."""
    given = error.get("input")
    return {
        "type": error["type"],
        "loc": [part if isinstance(part, int) else str(part) for part in error["loc"]],
        "input": given if isinstance(given, str) else "",
        "msg": str(error["msg"]),
        "ctx": {key: str(detail) for key, detail in error.get("ctx", {}).items()},
    }


def _folder(code: type[Module]) -> Path:
    return Path(inspect.getfile(code)).parent


def _described(task: dict[str, Any]) -> dict[str, Any]:
    try:
        code = load_module(task["location"])
        declaration = _DECLARATION.dump_python(describe(code), mode="json")
        found = {
            name: check_settings(code, values["own"], values["defaults"]) for name, values in task["instances"].items()
        }
    except HappyFaceError as error:
        return {"error": str(error)}
    # A module may even call sys.exit().
    except BaseException as error:
        return {"error": f"reading it fails: {summary(error)}"}
    return {"declaration": declaration, "instances": found}


def answer() -> None:
    """Answer on what was standard output; what a module prints goes to standard error."""
    limit_memory(_MEMORY)
    tasks = json.load(sys.stdin)
    # Unbuffered: answers from before a module ends this process are not lost.
    with os.fdopen(os.dup(1), "wb", buffering=0) as answers:
        os.dup2(2, 1)
        for task in tasks:
            answers.write(json.dumps(_described(task)).encode() + b"\n")


if __name__ == "__main__":
    os._exit(watch_over(answer))
