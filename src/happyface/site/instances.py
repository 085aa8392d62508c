"""The instances of a site: their sections, checked by their modules."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from happyface.contract import module as contract
from happyface.contract.declaration import LONGEST_NAME, Declaration
from happyface.contract.source import Source
from happyface.errors import nearest_or_all
from happyface.rating.rules import rules_of
from happyface.site.declarations import Described, WrittenSettings, describe_modules
from happyface.site.modules import FoundModule
from happyface.site.nesting import nested_settings
from happyface.site.secrets import resolve
from happyface.site.sections import Section, problem_sentences, section_values
from happyface.site.site import Instance

NAME_PATTERN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
"""What instances and categories may be called: their names stand in addresses."""


def read_instances(
    sections: Mapping[str, Section], modules: Mapping[str, FoundModule], root: Path, problems: list[str]
) -> dict[str, Instance]:
    """The instances by name; what is wrong with them is added to ``problems``.

    Args:
        sections: the sections of ``config/modules-enabled``.
        modules: all modules that there are.
        root: the site, against which secret files are named.
    """
    named = {name: found for name, section in sections.items() if (found := _module(section, modules, problems))}
    described = describe_modules(_wanted(sections, named), root / "data" / "modules.json")
    instances = {}
    for name, found in named.items():
        instance = _instance(sections[name], found, described[found.name], root, problems)
        if instance:
            instances[name] = instance
    return instances


def _module(section: Section, modules: Mapping[str, FoundModule], problems: list[str]) -> FoundModule | None:
    """The module that a section names; None, with a problem added, where there is no such module."""
    named = section.settings.get("module")
    if named is None:
        problems.append(f"{section.where}: [{section.name}] needs a 'module'; there are {', '.join(sorted(modules))}")
        return None
    if named.value not in modules:
        hint = nearest_or_all(named.value, sorted(modules))
        problems.append(f"{section.at('module')}: there is no module '{named.value}'{hint}")
        return None
    if not NAME_PATTERN.fullmatch(section.name):
        problems.append(
            f"{section.where}: [{section.name}]: a name is of letters, digits, '_', '-' and '.', at most 100"
        )
        return None
    return modules[named.value]


def _wanted(
    sections: Mapping[str, Section], named: Mapping[str, FoundModule]
) -> list[tuple[FoundModule, WrittenSettings]]:
    """The modules that are used, each with the settings of its instances."""
    instances: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for name, found in named.items():
        own = {key: setting.value for key, setting in sections[name].settings.items() if key != "module"}
        defaults = {key: setting.value for key, setting in sections[name].defaults.items()}
        instances.setdefault(found.name, {})[name] = {"own": own, "defaults": defaults}
    modules = {found.name: found for found in named.values()}
    return [(modules[name], found) for name, found in instances.items()]


def _instance(
    section: Section, found: FoundModule, described: Described, root: Path, problems: list[str]
) -> Instance | None:
    # Names are stored; a longer one would fail when the run is written.
    if len(found.name) > LONGEST_NAME:
        return _broken(section, found, f"The module {found.name} cannot be used: its name is too long.")
    if described.declaration is None:
        return _broken(section, found, f"The module {found.name} cannot be used: {described.error}.")
    # Problems are collected for one report; only what would follow from them is left out.
    declaration, checked, before = described.declaration, described.checked[section.name], len(problems)
    problems += problem_sentences(declaration.settings, section, checked.get("problems", ()))
    if len(problems) > before:
        return None
    config = contract.CommonConfig.model_validate(checked["common"])
    sources = parse_sources(checked["sources"])
    problems += _rule_problems(section, declaration, config)
    for key, source in _by_key(sources):
        _check_secrets_of(source, key, section, root, problems)
    if len(problems) > before:
        return None
    values = section_values(declaration.settings, section, leave_out=["module"])
    return Instance(section.name, found, values, config, declaration, sources)


def _rule_problems(section: Section, declaration: Declaration, config: contract.CommonConfig) -> list[str]:
    try:
        rules_of(declaration.tables, config)
    except ValueError as error:
        key, sentence = error.args[0]
        return [f"{section.at(key)}: {sentence}"]
    return []


def _broken(section: Section, found: FoundModule, sentence: str) -> Instance:
    """An instance whose module cannot be used: the page shows it with the common settings, and the reason."""
    flat = {
        key: setting.value
        for key, setting in section.settings.items()
        if key.partition(".")[0] in contract.CommonConfig.model_fields
    }
    try:
        config = contract.CommonConfig.model_validate(nested_settings(contract.CommonConfig, flat))
    except ValidationError:  # nobody can say what was meant: it is at least not shown to more than before
        config = contract.CommonConfig(access="open" if flat.get("access", "open") == "open" else "restricted")
    return Instance(section.name, found, flat, config, broken=sentence)


def parse_sources(value: Any) -> Any:
    """Sources from plain values, in the shape in which they are."""
    if isinstance(value, dict) and not isinstance(value.get("kind"), str):  # a source may be called kind
        return {key: parse_sources(member) for key, member in value.items()}
    if isinstance(value, list):
        return [parse_sources(member) for member in value]
    return Source.model_validate(value)


def _by_key(value: Any, key: str = "") -> Iterator[tuple[str, Source]]:
    """Sources with the keys under which the configuration has them."""
    if isinstance(value, Source):
        yield key, value
        return
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _by_key(member, f"{key}.{name}".strip("."))


def _check_secrets_of(source: Source, key: str, section: Section, root: Path, problems: list[str]) -> None:
    options = {option: getattr(source, option) for option in ("user", "password", "body")}
    options |= {f"header.{name}": value for name, value in source.header.items()}
    for place, text in {key: source.target, **{f"{key}.{option}": text for option, text in options.items()}}.items():
        # Now, and not when it is fetched for the first time.
        try:
            resolve(text, root)
        except ValueError as error:
            problems.append(f"{section.at(place)}: {error}")
