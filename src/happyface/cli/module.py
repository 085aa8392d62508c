"""``happyface module``: what modules there are, a new one, and the trial of one on its samples."""

import sys
from pathlib import Path
from typing import Any

import click

from happyface.cli.printing import say, say_json, say_lines
from happyface.cli.tables import Text, print_table
from happyface.contract.declaration import LONGEST_NAME, Setting
from happyface.contract.module import CommonConfig
from happyface.errors import HappyFaceError, nearest_or_all
from happyface.site import find_site, read_site
from happyface.site.declarations import Described, describe_modules
from happyface.site.modules import FoundModule, find_modules

_CODE = '''\
from happyface import Above, Fetched, Module, Result, Source, column


class {title}(Module):
    """What it shows, in a sentence for a shifter."""

    class Config(Module.Config):
        source: Source

    class Data(Module.Data):
        value: float = column("Value", limits=Above(warning=5, critical=10))

    config: Config

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
def list_(site_dir: Path | None, as_json: bool) -> None:
    """Tell the modules that can be used: shipped, installed, and the site's own."""
    modules = [found for _, found in sorted(_modules(site_dir).items())]
    answers = describe_modules([(found, {}) for found in modules])
    described = [_described(found, answers[found.name]) for found in modules]
    if as_json:
        say_json(described)
        return
    rows = [
        (Text(module["name"]), Text(str(module["lines"])), Text(module["doc"].partition("\n")[0]))
        for module in described
    ]
    print_table(("module", "lines", "what it shows"), rows)


@command.command("new")
@click.argument("name")
@click.pass_obj
def new(site_dir: Path | None, name: str) -> None:
    """Make a module to start from in the site, with samples to try it on."""
    root = find_site(site_dir)
    if not name.isascii() or not name.isidentifier() or not name.islower() or len(name) > LONGEST_NAME:
        raise HappyFaceError(f"'{name}': a module's name is of small letters, digits and _, at most {LONGEST_NAME}.")
    folder = root / "modules" / name
    if taken := find_modules(root / "modules").get(name):
        raise HappyFaceError(f"There is a module {name} already ({taken.origin}); nothing was changed.")
    if folder.exists():
        raise HappyFaceError(f"There is a folder {folder} already; nothing was changed.")
    # The samples are right as they are: whoever changes the code sees what `module test` says of it.
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
    say(f"{folder}/__init__.py is a module now; 'happyface module test {name}' tries it on its samples.")


@command.command("test")
@click.argument("name")
@click.pass_obj
def test(site_dir: Path | None, name: str) -> None:
    """Try a module on its samples; the exit status is 1 when something is not as they expect."""
    from happyface.acquire.samples import run_samples

    modules = _modules(site_dir)
    if name not in modules:
        raise HappyFaceError(f"There is no module '{name}'{nearest_or_all(name, sorted(modules))}")
    results = run_samples(modules[name])
    for result in results:
        say(f"{'wrong' if result.problems else 'right'}: {result.case}: {result.outcome.sentence or 'no sentence'}")
        for problem in result.problems:
            say(f"  {problem}")
        if result.printed:
            say_lines(f"  it printed: {result.printed}")
    wrong = sum(1 for result in results if result.problems)
    say(f"{len(results)} samples, {wrong or 'none'} of them not as expected.")
    sys.exit(1 if wrong else 0)


# With an underscore: `try` is a word of Python's.
@command.command("try")
@click.argument("instance")
@click.pass_obj
def try_(site_dir: Path | None, instance: str) -> None:
    """Fetch, read and rate one instance, print what comes of it, and store nothing."""
    from happyface.acquire.trial import tried

    site = read_site(find_site(site_dir))
    with tried(site, instance) as found:
        for name, fetched in found.fetched.items():
            say(f"{name}: {fetched.url}: {fetched.error or f'{fetched.size} bytes in {fetched.seconds:.1f} s'}")
        say(f"status {found.outcome.status:g}: {found.outcome.sentence or 'no sentence'}")
        if found.instance.declaration and found.outcome.data:
            for column, value in zip(found.instance.declaration.tables[""].columns, found.outcome.data, strict=True):
                say(f"  {column.name} = {value}")
        for name, rows in found.outcome.rows.items():
            say(f"  {len(rows)} rows {name}")
        if found.printed:
            say_lines(f"it printed: {found.printed}")
        if found.outcome.detail:
            say_lines(found.outcome.detail, err=True)
    sys.exit(0 if found.outcome.status >= 0 else 1)


@command.command("record")
@click.argument("instance")
@click.argument("case")
@click.pass_obj
def record_(site_dir: Path | None, instance: str, case: str) -> None:
    """Fetch for one instance, and make a sample of what comes: a CASE beside its module's others."""
    from happyface.acquire.trial import record, tried

    site = read_site(find_site(site_dir))
    with tried(site, instance) as found:
        module = found.instance.module
        if module.origin != "site":
            raise HappyFaceError(f"The module {module.name} is not the site's own; its samples are not ours to change.")
        for path in record(found, case, module.samples):
            say(str(path))


def _modules(site_dir: Path | None) -> dict[str, FoundModule]:
    """The modules of a site; without a site, those that every site has."""
    try:
        return find_modules(find_site(site_dir) / "modules")
    except HappyFaceError:
        # A directory that was named must be a site; the current one need not be.
        if site_dir:
            raise
        return find_modules()


def _described(found: FoundModule, answer: Described) -> dict[str, Any]:
    described: dict[str, Any] = {"name": found.name, "lines": found.lines, "doc": "", "sources": [], "config": {}}
    declaration = answer.declaration
    if declaration is None:
        return described | {"doc": f"It cannot be used: {answer.error}.", "error": answer.error}
    settings = declaration.settings.values()
    # Without the settings that all instances have: `module list` is about what is special.
    return described | {
        "doc": declaration.doc,
        "sources": [setting.name for setting in settings if setting.fetched],
        "config": {
            setting.name: _setting(setting) for setting in settings if setting.name not in CommonConfig.model_fields
        },
    }


def _setting(setting: Setting) -> dict[str, Any]:
    return {"description": setting.description, "required": setting.required, "default": setting.default}
