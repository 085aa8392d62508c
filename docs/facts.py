"""What the manual takes from the code, as Markdown: so it cannot say anything else than the code does.

A block of a page ::

    ```{from-code} settings database
    ```

is replaced by what the function ``settings`` makes of ``database``.
"""

import ast
import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from happyface.cli import main
from happyface.contract import module as contract
from happyface.contract.columns import Column, Table
from happyface.contract.kit.by_name import ByName
from happyface.contract.module import Module
from happyface.contract.source import Source
from happyface.contract.states import Face
from happyface.contract.units import Duration, Size, human
from happyface.site.loading import load_module
from happyface.site.modules import find_modules
from happyface.site.settings import SECTIONS, CategorySettings
from happyface.store import schema
from happyface.store.drawing import draw_schema
from happyface.web.pages.faces import WORDS

_BLOCK = re.compile(r"^```\{from-code\} *(?P<what>[\w-]+)(?: +(?P<of>\S+))? *\n```$", re.MULTILINE)


def expanded(page: str) -> str:
    """A page with its blocks filled in. Raises KeyError for one that there is no function for."""
    return _BLOCK.sub(lambda match: _MADE[match["what"]](*filter(None, [match["of"]])), page)


def is_from_code(page: str) -> bool:
    """Whether a page has such blocks."""
    return bool(_BLOCK.search(page))


def settings(name: str) -> str:
    """The settings of a section of ``config/*.cfg``, or of all categories, instances or sources."""
    declarations: dict[str, type[BaseModel]] = {
        **SECTIONS,
        "category": CategorySettings,
        "instance": contract.CommonConfig,
        "source": Source,
    }
    return _settings(declarations[name], leave_out=("kind", "target") if name == "source" else ())


def sections() -> str:
    """All sections of ``config/*.cfg``."""
    return "\n\n".join(
        f"### `[{name}]`\n\n{inspect.getdoc(section)}\n\n{settings(name)}" for name, section in SECTIONS.items()
    )


def faces() -> str:
    """The faces, from the best to the worst."""
    statuses: dict[Face, str] = {
        "happy": "0.66 to 1",
        "neutral": "0.33 to 0.66",
        "unhappy": "0 to 0.33",
        "noinfo": "−1",
        "avail_plot": "0.66 to 1, of an instance or category of type `plots`",
        "unavail_plot": "everything else, of type `plots`",
    }
    picture = '<img class="face" src="_static/{}.svg" alt="">'
    rows = [(picture.format(face), f"`{face}`", word, statuses[face]) for face, word in WORDS.items()]
    return _table(("", "face", "word on the page", "status"), rows)


def modules() -> str:
    """All shipped modules, with what each is for."""
    rows = [(f"[`{name}`]({name}.md)", _first_sentence(code)) for name, code in shipped_modules().items()]
    return _table(("module", "what it shows"), rows)


def module(name: str) -> str:
    """One shipped module: what it is, its settings, its values and rows."""
    code = shipped_modules()[name]
    tables = code.declared.tables
    parts = [_prose(code), "## Settings", _own_settings(code)]
    if tables[""].columns:
        parts += ["## Values", _columns(tables[""])]
    for table in tables.values():
        if table.name:
            note = "" if table.counts else " Their limits colour the rows, and do not count towards the status."
            parts += [f"## Rows: {table.label}", f"In expressions and limits they are `{table.name}`.{note}"]
            parts += [_columns(table)]
    return "\n\n".join(parts)


@cache
def shipped_modules() -> dict[str, type[Module]]:
    """The modules that come with HappyFace, by name."""
    found = {name: module for name, module in find_modules().items() if module.origin == "shipped"}
    return {name: load_module(module.location) for name, module in found.items()}


def database() -> str:
    """A drawing of the database."""
    return f"```{{raw}} html\n{draw_schema()}\n```"


def database_tables() -> str:
    """What each table of the database is for, as its declaration says."""
    body = ast.parse(inspect.getsource(schema)).body
    told = {
        target.id: inspect.cleandoc(text.value.value)
        for made, text in pairwise(body)
        if isinstance(made, ast.Assign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        for target in made.targets
        if isinstance(target, ast.Name) and target.id in schema.metadata.tables and isinstance(text.value.value, str)
    }
    rows = [(f"`{name}`", " ".join(told[name].split())) for name in schema.metadata.tables]
    return _table(("table", "what it has"), rows)


def commands() -> str:
    """All commands with their options."""
    return "\n\n".join(_command(path, command) for path, command in all_commands())


def all_commands() -> list[tuple[str, click.Command]]:
    """The command itself, its commands, and theirs."""
    return list(_walk("happyface", main, None))


def _walk(path: str, command: click.Command, parent: click.Context | None) -> Iterable[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, parent)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _walk(f"{path} {name}", found, context)


def _command(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context))
    options = [_option(option, context) for option in command.params if isinstance(option, click.Option)]
    parts = [f"## `{path}`", f"```text\n{path} {usage}\n```", inspect.cleandoc(command.help or "")]
    return "\n\n".join([*parts, _table(("option", "meaning"), options) if options else ""])


def _option(option: click.Option, context: click.Context) -> tuple[str, str]:
    names, help_text = option.get_help_record(context) or (", ".join(option.opts), "")
    return f"`{names}`", " ".join(help_text.split())


def _own_settings(code: type[Module]) -> str:
    """The settings that a module adds to those of all instances, and those of which it changes the default."""
    common = contract.CommonConfig.model_fields
    same = [name for name, info in code.Config.model_fields.items() if _is_same(info, common.get(name))]
    beside = "Beside [those of every instance](../configuration.md#settings-of-every-instance):"
    if len(same) == len(code.Config.model_fields):
        return "Only [those of every instance](../configuration.md#settings-of-every-instance)."
    return f"{beside}\n\n{_settings(code.Config, leave_out=same)}"


def _is_same(info: FieldInfo, common: FieldInfo | None) -> bool:
    return common is not None and info.default == common.default


def _settings(declaration: type[BaseModel], leave_out: Sequence[str]) -> str:
    rows = [
        (_keys(name, info), _kind(info), _default(info), info.description or "")
        for name, info in declaration.model_fields.items()
        if name not in leave_out
    ]
    return _table(("setting", "value", "default", "meaning"), rows)


def _keys(name: str, info: FieldInfo) -> str:
    if not _kind(info).startswith("by name"):
        return f"`{name}`"
    each = "COLUMN" if name == "limits" else "NAME"
    alone = f"`{name}`, " if typing.get_args(ByName[str])[1] in info.metadata else ""
    return f"{alone}`{name}.{each}`"


def _kind(info: FieldInfo) -> str:
    """What is written as the value of a setting."""
    metadata = [
        *info.metadata,
        *(argument for part in _parts(info.annotation) for argument in typing.get_args(part)[1:]),
    ]
    for quantity, word in ((Duration, "duration"), (Size, "size")):
        if typing.get_args(quantity)[1] in metadata:
            return word
    plain = next((part for part in _parts(info.annotation) if part is not type(None)), None)
    return _kind_of(typing.get_args(plain)[0] if typing.get_origin(plain) is typing.Annotated else plain)


def _parts(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, else the annotation alone."""
    is_union = typing.get_origin(annotation) in (typing.Union, type(int | str))
    return typing.get_args(annotation) if is_union else (annotation,)


def _kind_of(annotation: Any) -> str:
    origin = typing.get_origin(annotation) or annotation
    if origin is typing.Literal:
        return ", ".join(f"`{argument}`" for argument in typing.get_args(annotation))
    if origin is dict:
        value = typing.get_args(annotation)[1]
        return "by name: source" if value is Source else "by name"
    words = {bool: "yes or no", int: "whole number", float: "number", str: "text", list: "list", Source: "source"}
    return words.get(origin, "text")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "needed"
    value, kind = info.default, _kind(info)
    if value is None or value == "" or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "`yes`" if value else "`no`"
    if kind == "duration":
        return f"`{_duration(value)}`"
    if kind == "size":
        return f"`{human(value, 'bytes')}`"
    if isinstance(value, list):
        return f"`{', '.join(value)}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _duration(seconds: float) -> str:
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s" if seconds else "0"


def _columns(table: Table) -> str:
    rows = [
        (f"`{column.name}`", _meaning(column), _unit(column), column.limits.format(column.unit))
        for column in table.columns
    ]
    return _table(("column", "what it is", "unit or kind", "limits by default"), rows)


_KINDS = {
    "number": "number",
    "integer": "number",
    "flag": "yes or no",
    "text": "text",
    "state": "state",
    "time": "time",
    "file": "file",
}


def _unit(column: Column) -> str:
    """What it counts, or its kind; of a pair such as ``day|days`` the name for many."""
    return column.unit.rpartition("|")[2] or _KINDS[column.kind]


def _meaning(column: Column) -> str:
    main = "stands for the instance where it is folded" if column.main else ""
    return "; ".join(filter(None, [column.label, column.description, main]))


def _first_sentence(code: type[Module]) -> str:
    return (inspect.getdoc(code) or "").split("\n\n")[0].replace("\n", " ")


def _prose(code: type[Module]) -> str:
    """The class's docstring, and what the file's says beyond its first paragraph."""
    _, _, details = (inspect.getdoc(sys.modules[code.__module__]) or "").partition("\n\n")
    return f"{inspect.getdoc(code)}\n\n{details}".strip()


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


_MADE: dict[str, Callable[..., str]] = {
    function.__name__: function
    for function in (settings, sections, faces, modules, module, database, database_tables, commands)
}
