"""The instances of a site: their sections, checked by their modules."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from happyface.contract import module as contract
from happyface.contract.declaration import LONGEST_NAME, Declaration
from happyface.contract.source import Source
from happyface.errors import nearest_or_all
from happyface.rating.rules import rules_of
from happyface.site.config.problems import Problem
from happyface.site.declarations import Described, WrittenSettings, describe_modules
from happyface.site.modules import FoundModule
from happyface.site.nesting import nested_settings
from happyface.site.secrets import resolve
from happyface.site.sections import Section, indented_keys, problem_sentences, section_values, settings_of
from happyface.site.site import Instance

NAME_PATTERN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
"""What instances and categories may be called: their names stand in addresses."""


def read_instances(
    sections: Mapping[str, Section], modules: Mapping[str, FoundModule], root: Path, problems: list[Problem]
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


def check_name(section: Section, problems: list[Problem]) -> None:
    """Add to ``problems`` when an instance or a category cannot be called so."""
    if not NAME_PATTERN.fullmatch(section.name):
        problems.append(section.problem("a name is of letters, digits, '_', '-' and '.', at most 100"))


def _module(section: Section, modules: Mapping[str, FoundModule], problems: list[Problem]) -> FoundModule | None:
    """The module that a section names; None, with a problem added, where there is no such module."""
    check_name(section, problems)
    named = section.settings.get("module")
    if named and named.value in modules:
        return modules[named.value]
    if named is None:
        problems.append(section.needs(f"needs a 'module'; there are {', '.join(sorted(modules))}"))
    else:
        hint = nearest_or_all(named.value, sorted(modules))
        problems.append(section.problem(f"there is no module '{named.value}'{hint}", "module"))
    _common_settings(section, problems)
    return None


def _common_settings(section: Section, problems: list[Problem]) -> contract.CommonConfig:
    """Those settings of a section that all instances have, as far as they are valid."""
    names = contract.CommonConfig.model_fields
    common = {key: setting for key, setting in section.settings.items() if key.partition(".")[0] in names}
    return settings_of(contract.CommonConfig, replace(section, settings=common), problems)


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
    section: Section, found: FoundModule, described: Described, root: Path, problems: list[Problem]
) -> Instance | None:
    # Names are stored; a longer one would fail when the run is written.
    if len(found.name) > LONGEST_NAME:
        return _broken(section, found, f"The module {found.name} cannot be used: its name is too long.")
    if described.declaration is None:
        return _broken(section, found, f"The module {found.name} cannot be used: {described.error}.")
    # Problems are collected for one report; only what would follow from them is left out.
    declaration, checked, before = described.declaration, described.checked[section.name], len(problems)
    problems += indented_keys(declaration.settings, section)
    problems += problem_sentences(declaration.settings, section, checked.get("problems", ()))
    problems += _secret_problems(section, declaration, root)
    if "problems" in checked:
        # What is wrong with the settings that all instances have has been told; their rest may hide mistakes.
        problems += _rule_problems(section, declaration, _common_settings(section, []))
        return None
    config = contract.CommonConfig.model_validate(checked["common"])
    sources = parse_sources(checked["sources"])
    problems += _rule_problems(section, declaration, config)
    if len(problems) > before:
        return None
    values = section_values(declaration.settings, section, leave_out=["module"])
    return Instance(section.name, found, values, config, declaration, sources)


def _rule_problems(section: Section, declaration: Declaration, config: contract.CommonConfig) -> Iterator[Problem]:
    for rule in _rules_one_by_one(config):
        try:
            rules_of(declaration.tables, rule)
        except ValueError as error:
            key, sentence = error.args[0]
            yield section.problem(sentence, key)


def _rules_one_by_one(config: contract.CommonConfig) -> Iterator[contract.CommonConfig]:
    """The configuration with each of its limits and expressions alone: one that is wrong hides no other."""
    bare = config.model_copy(update={"limits": {}, "warning": "", "critical": ""})
    for key, text in config.limits.items():
        yield bare.model_copy(update={"limits": {key: text}})
    for level in ("warning", "critical"):
        yield bare.model_copy(update={level: getattr(config, level)})


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


def _secret_problems(section: Section, declaration: Declaration, root: Path) -> Iterator[Problem]:
    """Secrets that are not there, in sources and in whatever other settings a module has."""
    known = {key: setting for key, setting in section.defaults.items() if key.partition(".")[0] in declaration.settings}
    for key, setting in (known | section.settings).items():
        # What all instances have, such as a description, is text for people.
        if key.partition(".")[0] in contract.CommonConfig.model_fields:
            continue
        # Now, and not when it is fetched for the first time.
        try:
            resolve(setting.value, root)
        except ValueError as error:
            yield section.problem(str(error), key)
