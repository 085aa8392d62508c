"""``happyface module``: what modules there are, a new one, and the trial of one on its samples."""

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import click
from pydantic.fields import FieldInfo

from happyface.acquire.samples import run_samples
from happyface.cli.tables import Text, print_table
from happyface.contract import module as contract
from happyface.errors import HappyFaceError, ModuleError, nearest_or_all
from happyface.site import find_site
from happyface.site.modules import LONGEST_NAME, FoundModule, find_modules, load_module
from happyface.site.nesting import holds_sources

_CODE = '''\
from happyface import Above, Fetched, Module, Result, Source, column


class {title}(Module):
    """What it shows, in a sentence for a shifter."""

    class Config(Module.Config):
        source: Source

    class Data(Module.Data):
        value: float = column("Value", limits=Above(warning=5, critical=10))

    def extract(self, source: Fetched) -> Result:
        return Result(self.Data(value=source.json()["value"]))
'''
_SAMPLES = """\
; Each section is a case: an instance's settings, what its source answered, and what must come of it.

[good]
source = https://example.org/status.json
sample.source = good.json
expect.status = 1
expect.value = 3

[trouble]
source = https://example.org/status.json
sample.source = trouble.json
expect.status = 0

[empty]
source = https://example.org/status.json
sample.source = empty.json
expect.status = -1

[broken]
source = https://example.org/status.json
fetched.source = error The source answered 404 Not Found.
expect.status = -1
expect.sentence = 404
"""


@click.group("module")
def command() -> None:
    """Modules: what there is, a new one, and its trial."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.pass_obj
def list_(given: Path | None, as_json: bool) -> None:
    """Tell the modules that can be used: shipped, installed, and the site's own."""
    described = [_described(each) for _, each in sorted(_modules(given).items())]
    if as_json:
        click.echo(json.dumps(described, ensure_ascii=False, indent=2))
        return
    rows = [(Text(each["name"]), Text(str(each["lines"])), Text(each["doc"].partition("\n")[0])) for each in described]
    print_table(("module", "lines", "what it shows"), rows)


@command.command("new")
@click.argument("name")
@click.pass_obj
def new(given: Path | None, name: str) -> None:
    """Make a module to start from in the site, with samples to try it on."""
    root = find_site(given)
    if not name.isascii() or not name.isidentifier() or not name.islower() or len(name) > LONGEST_NAME:
        raise HappyFaceError(f"'{name}': a module's name is of small letters, digits and _, at most {LONGEST_NAME}.")
    folder = root / "modules" / name
    if folder.exists() or folder.with_suffix(".py").exists():
        raise HappyFaceError(f"There is a module {name} already; nothing was changed.")
    files = {
        "__init__.py": _CODE.format(title="".join(map(str.capitalize, name.split("_")))),
        "samples/samples.cfg": _SAMPLES,
        "samples/good.json": '{"value": 3}\n',
        "samples/trouble.json": '{"value": 30}\n',
        "samples/empty.json": "",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    click.echo(f"{folder}/__init__.py is a module now; 'happyface module test {name}' tries it on its samples.")


@command.command("test")
@click.argument("name")
@click.pass_obj
def test(given: Path | None, name: str) -> None:
    """Try a module on its samples; the exit status is 1 when something is not as they expect."""
    modules = _modules(given)
    if name not in modules:
        raise HappyFaceError(f"There is no module '{name}'{nearest_or_all(name, sorted(modules))}")
    code = load_module(modules[name].location)
    results = run_samples(code, modules[name].samples)
    for result in results:
        click.echo(f"{'wrong' if result.problems else 'right'}: {result.case}: {_told(result.outcome.sentence)}")
        for problem in result.problems:
            click.echo(f"  {problem}")
    wrong = sum(1 for each in results if each.problems)
    click.echo(f"{len(results)} samples, {wrong or 'none'} of them not as expected.")
    sys.exit(1 if wrong else 0)


def _told(sentence: str) -> str:
    return sentence or "no sentence"


def _modules(given: Path | None) -> dict[str, FoundModule]:
    """The modules of a site; without a site, those that every site has."""
    try:
        return find_modules(find_site(given) / "modules")
    except HappyFaceError:
        if given:
            raise
        return find_modules()


def _described(found: FoundModule) -> dict[str, Any]:
    described: dict[str, Any] = {"name": found.name, "lines": found.lines, "doc": "", "sources": [], "config": {}}
    try:
        code = load_module(found.location)
    except ModuleError as error:
        return described | {"doc": f"It cannot be used: {error}.", "error": str(error)}
    fields = code.Config.model_fields
    own = [name for name in fields if name not in contract.Config.model_fields]
    return described | {
        "doc": inspect.cleandoc(code.__doc__ or ""),
        "sources": [name for name in fields if holds_sources(code.Config, name)],
        "config": {name: _setting(fields[name]) for name in own},
    }


def _setting(info: FieldInfo) -> dict[str, Any]:
    required = info.is_required()
    default = None if required else info.get_default(call_default_factory=True, validated_data={})
    return {
        "description": info.description or "",
        "required": required,
        "default": default if isinstance(default, str | int | float | bool | list | dict | None) else str(default),
    }
