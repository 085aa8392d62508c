"""Holds the manual to the code: what there is must be described, and what is shown must be valid."""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from pydantic import BaseModel

import happyface
from happyface.acquire import samples
from happyface.acquire.run import cycle
from happyface.contract.module import CommonConfig
from happyface.contract.source import Source
from happyface.model.access import ANONYMOUS
from happyface.model.as_json import instance_json
from happyface.model.views import InstanceView
from happyface.rating.algorithms import ALGORITHMS
from happyface.site import read_site
from happyface.site.settings import SECTIONS, CategorySettings
from happyface.store import Store
from happyface.web import app, files
from happyface.web.feed import xml_feed
from happyface.web.pages.links import Links
from happyface.web.pages.module_templates import ModuleTemplates
from happyface.web.pages.show import Show
from happyface.web.pages.times import Clock

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

import facts  # noqa: E402 - where the manual is

_EXAMPLE = re.compile(r'^```\{code-block\} ini\n:caption: "`(config/\S+)`"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_OF_MAKO = {"capture", "caller", "local", "self"}
"""Names that every template has."""
_TAPE = {
    "modules": {
        "tape": '''
            from happyface import Fetched, Module, Result, Source

            class Tape(Module):
                """A tape library."""

                class Config(Module.Config):
                    source: Source

                class Data(Module.Data):
                    waiting: int

                class Drive(Module.Row):
                    name: str

                def extract(self, source: Fetched) -> Result:
                    return Result(self.Data(waiting=12), [self.Drive(name="drive01")])
        '''
    },
    "instances": "[tape]\nmodule = tape\nsource = file:config/happyface.cfg\n",
    "members": "tape",
}


@cache
def page(name: str) -> str:
    """A page of the manual, with what is made from the code."""
    return facts.expanded((DOCS / f"{name}.md").read_text(encoding="utf-8"))


def coded(name: str) -> set[str]:
    """The words of a page that are written as code."""
    found = re.findall(r"```.*?```|`([^`\n]+)`", page(name), re.DOTALL)
    return {word for text in found for word in (text, *re.split(r"[\s,.=]+", text))}


def with_examples() -> list[str]:
    """The pages that have examples; the guide is gone through by a test of its own."""
    names = [path.relative_to(DOCS).with_suffix("").as_posix() for path in sorted(DOCS.glob("**/*.md"))]
    return [name for name in names if name != "writing_modules" and _EXAMPLE.search(page(name))]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_of_the_site_is_described(section: str) -> None:
    _, _, rest = page("configuration").partition(f"### `[{section}]`")
    described = rest.split("\n#", 1)[0]
    assert [key for key in SECTIONS[section].model_fields if f"| `{key}` |" not in described] == []


@pytest.mark.parametrize("declaration", [CategorySettings, CommonConfig, Source])
def test_every_setting_is_described(declaration: type[BaseModel]) -> None:
    wanted = declaration.model_fields.keys() - {"kind", "target"}
    assert wanted - coded("configuration") == set()


def test_every_algorithm_is_described() -> None:
    assert {*ALGORITHMS, "at_least(N)"} - coded("configuration") == set()


@pytest.mark.parametrize("path", [path for path, _ in facts.all_commands()])
def test_every_command_is_described(path: str) -> None:
    command = dict(facts.all_commands())[path]
    _, found, rest = page("commands").partition(f"## `{path}`\n")
    described = rest.split("\n## ", 1)[0]
    assert found
    assert command.help
    assert [
        name for option in command.params for name in option.opts if name.startswith("-") and name not in described
    ] == []


@pytest.mark.parametrize("name", facts.shipped_modules())
def test_every_module_has_a_page(name: str) -> None:
    described, code = page(f"modules/{name}"), facts.shipped_modules()[name]
    own = code.Config.model_fields.keys() - CommonConfig.model_fields.keys()
    columns = {column.name for table in code.declared.tables.values() for column in table.columns}
    assert (own | columns) - coded(f"modules/{name}") == set()
    assert f"# `{name}`" in described
    assert f"module = {name}\n" in described
    assert f"[`{name}`]({name}.md)" in page("modules/index")


def test_no_page_describes_a_module_that_is_gone() -> None:
    pages = {path.stem for path in (DOCS / "modules").glob("*.md")} - {"index"}
    assert pages == facts.shipped_modules().keys()


@pytest.mark.parametrize("name", happyface.__all__)
def test_every_exported_name_is_described(name: str) -> None:
    assert re.search(rf":: happyface\.{name}\b", page("module_reference"))


@pytest.mark.parametrize("name", with_examples())
def test_examples_are_valid(name: str, make_site: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, str] = {"config/categories-enabled/example.cfg": "[example]\n"}
    for path, text in _EXAMPLE.findall(page(name)):
        files[path] = files.get(path, "") + text
    for kind, secret in re.findall(r"\$\{(env|file):([\w/]+)\}", "".join(files.values())):
        if kind == "env":
            monkeypatch.setenv(secret, "x")
        else:
            files[secret] = "x"
    root = make_site(files)
    (root / "config/categories-enabled/categories.cfg").unlink()
    assert read_site(root)


def test_every_variable_of_templates_is_described(make_site: Callable[..., Path], tmp_path: Path) -> None:
    template = tmp_path / "template.html"
    template.write_text("${' '.join(context.keys())}")
    view, show = acquired(make_site(**_TAPE)), _show()
    body, broken = ModuleTemplates({"tape": template}).body(view, show)
    assert not broken
    described = set(re.findall(r"^\| `(\w+)` \|", page("module_reference"), re.MULTILINE))
    given = {name for name in str(body).split() if name.islower()} - _OF_MAKO
    assert "instance" in given
    assert given <= described


def test_every_address_is_described() -> None:
    handlers = [*_exposed(app.Application), *(f"static/{name}" for name in _exposed(files.Files))]
    addresses = {name.replace("index", "").replace("/default", "/").replace("of_site", "site") for name in handlers}
    assert [name for name in addresses if f"`/{name}" not in page("addresses")] == []


def _exposed(handlers: type) -> Iterator[str]:
    for name, handler in inspect.getmembers(handlers, inspect.isfunction):
        if getattr(handler, "exposed", False):
            yield name


def test_the_feed_has_the_elements_that_are_described(make_site: Callable[..., Path]) -> None:
    with store_of(make_site(**_TAPE)) as store:
        listing = store.listing(ANONYMOUS, None, datetime.now(UTC))
    feed = xml_feed(listing, "HappyFace", _show().links, "https://monitor.example.org")
    described = re.search(r"```xml\n(.*?)```", page("addresses"), re.DOTALL)
    assert described
    assert _elements(feed) == _elements(described[1])


def _elements(feed: str) -> list[str]:
    return [str(element.tag) for element in etree.fromstring(feed.encode()).iter()]


def test_the_json_of_an_instance_is_described(make_site: Callable[..., Path]) -> None:
    keys = instance_json(acquired(make_site(**_TAPE))).keys()
    assert keys - coded("addresses") == set()


def test_every_variable_of_the_environment_is_described() -> None:
    places = [ROOT / "hatch_build.py", ROOT / ".ci/run", *(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    used = {name for path in places for name in re.findall(r"\bHAPPYFACE_[A-Z_]*[A-Z]\b", path.read_text("utf-8"))}
    described = "".join(page(name) for name in ("commands", "development"))
    assert [name for name in used if f"`{name}" not in described] == []


def test_every_benchmark_is_described() -> None:
    source = (ROOT / "benchmarks" / "__main__.py").read_text(encoding="utf-8")
    names = re.findall(r'^    "(\w+)": \w+\.\w+,$', source, re.MULTILINE)
    assert names
    assert [name for name in names if f"| `{name}` |" not in page("benchmarks")] == []


def test_every_command_of_developers_is_described() -> None:
    source = (ROOT / "dev.py").read_text(encoding="utf-8")
    names = re.findall(r'^        "(\w+)": \(', source, re.MULTILINE)
    assert names
    assert [name for name in names if f"| `python3 dev.py {name}" not in page("development")] == []


def test_everything_that_samples_may_say_is_described() -> None:
    words = re.findall(r'case "(\w+)":', inspect.getsource(samples))
    assert words
    assert [word for word in words if f"`{word} " not in page("module_reference")] == []


def store_of(root: Path) -> Store:
    """The store of a site after a run."""
    site = read_site(root)
    store = Store(site.database_url, site.archive, site.outline)
    cycle(site, store)
    return store


def acquired(root: Path) -> InstanceView:
    """The instance ``tape`` after a run."""
    with store_of(root) as store:
        view: Any = store.instance(ANONYMOUS, "tape", 1)
    assert isinstance(view, InstanceView)
    return view


def _show() -> Show:
    now, zone = datetime.now(UTC), ZoneInfo("UTC")
    return Show(Links("", zone), Clock(zone, now, now))
