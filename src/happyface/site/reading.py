"""The site directory: found, read, checked, and told what is wrong with it."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from happyface.contract import module as contract
from happyface.contract.module import Module
from happyface.contract.source import Source
from happyface.errors import ConfigError, HappyFaceError, ModuleError, nearest_or_all
from happyface.model.outline import CategoryOutline, InstanceOutline, ModuleOutline, Outline
from happyface.rating.algorithms import find_algorithm
from happyface.rating.rules import rules_of
from happyface.site import sections as settings
from happyface.site.modules import LONGEST_NAME, FoundModule, find_modules, load_module
from happyface.site.secrets import resolve
from happyface.site.sections import Section, read_sections, section_values, settings_of
from happyface.site.settings import SECTIONS, CategorySettings, SiteSettings
from happyface.site.trial import find_unsafe
from happyface.site.zones import machine_zone

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
"""What instances and categories may be called: their names stand in addresses."""
_PLACES = ("config", "config/categories-enabled", "config/modules-enabled")
"""Where a site's configuration files are, in the order in which they are read."""


@dataclass(frozen=True)
class Instance:
    """A module with a configuration and a name.

    Attributes:
        module: where its module is.
        values: its settings as they were written, nested: what a worker builds its ``Config`` from.
        config: its settings, validated; for a module that cannot be used, only those that all modules have.
        code: its module's class; None when that cannot be used.
        broken: why not, as a sentence.
    """

    name: str
    module: FoundModule
    values: dict[str, Any]
    config: contract.Config
    code: type[Module] | None = None
    broken: str = ""


@dataclass(frozen=True)
class Category:
    """A named, ordered group of instances."""

    name: str
    settings: CategorySettings
    instances: tuple[str, ...]


@dataclass(frozen=True)
class Site:
    """One installation, read and valid.

    Attributes:
        instances: those of its categories, by name.
        notes: what is worth a look but stops nothing: broken modules, instances in no category.
    """

    root: Path
    settings: SiteSettings
    categories: tuple[Category, ...]
    instances: dict[str, Instance]
    modules: dict[str, FoundModule]
    notes: tuple[str, ...] = ()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown."""
        return ZoneInfo(self.settings.happyface.timezone or machine_zone())

    @property
    def data(self) -> Path:
        """The directory of everything that HappyFace writes."""
        return self.root / "data"

    @property
    def archive(self) -> Path:
        """The directory of archived files."""
        return self.root / self.settings.paths.archive_dir

    @property
    def database_url(self) -> str:
        """The database's address, with secrets filled in and SQLite's path made absolute."""
        url = resolve(self.settings.database.url, self.root)
        scheme, found, path = url.partition(":///")
        if scheme.startswith("sqlite") and found and path and not path.startswith("/"):
            return f"{scheme}:///{self.root / path}"
        return url

    @cached_property
    def outline(self) -> Outline:
        """What the site consists of, as it is stored with each run."""
        used = {each.module.name: each.code for each in self.instances.values() if each.code}
        return Outline(
            self.settings.template.web_title,
            tuple(_category_outline(each) for each in self.categories),
            tuple(
                _instance_outline(self.instances[name], each.name)
                for each in self.categories
                for name in each.instances
            ),
            tuple(
                ModuleOutline(name, (code.__doc__ or "").strip(), code.declared.tables)
                for name, code in sorted(used.items())
            ),
        )


def find_site(given: Path | None) -> Path:
    """The site's directory: the one given, else ``HAPPYFACE_SITE``, else the current one.

    Raises:
        HappyFaceError: there is no site.
    """
    root = (given or Path(os.environ.get("HAPPYFACE_SITE") or ".")).expanduser().absolute()
    if not root.is_dir():
        raise HappyFaceError(f"There is no directory {root}. 'happyface init {given or root}' makes a site there.")
    _check_readable(root)
    if not (root / "config").is_dir():
        raise HappyFaceError(
            f"{root} is not a site: it has no config directory. "
            "Name the site with -C or HAPPYFACE_SITE, or make one with 'happyface init DIR'."
        )
    return root


def _check_readable(directory: Path) -> None:
    try:
        os.stat(f"{directory}/.")
        os.scandir(directory).close()
    except OSError as error:
        raise HappyFaceError(f"{directory} cannot be read: {error.strerror}.") from error


def config_files(root: Path) -> list[Path]:
    """All ``.cfg`` files of a site, in the order in which they are read."""
    return [path for place in _PLACES for path in _cfg_files(root / place)]


def fingerprint(root: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when a configuration file or a module of the site does."""
    found = []
    modules = root / "modules"
    for path in (*config_files(root), *sorted(modules.glob("**/*.py")), *sorted(modules.glob("**/*.html"))):
        try:
            state = path.stat()
        except OSError:
            continue
        found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)


def read_site(root: Path) -> Site:
    """Read and check a site.

    Raises:
        ConfigError: everything that is wrong with it, with file and line.
    """
    for place in _PLACES:
        if (root / place).is_dir():
            _check_readable(root / place)
    problems: list[str] = []
    site_settings = _site_settings(root, problems)
    sections = read_sections(_cfg_files(root / "config/categories-enabled"), root, problems)
    instance_sections = read_sections(_cfg_files(root / "config/modules-enabled"), root, problems)
    modules = find_modules(root / "modules")
    unsafe = find_unsafe(_foreign_modules(instance_sections, modules))
    instances = {
        name: instance
        for name, section in instance_sections.items()
        if (instance := _instance(section, modules, unsafe, root, problems))
    }
    categories = _categories(sections, set(instance_sections), site_settings, problems)
    used = {name for category in categories for name in category.instances}
    notes = [f"[{name}]: {each.broken}" for name, each in instances.items() if each.broken]
    notes += [
        f"{instance_sections[name].where}: [{name}] is in no category, so it is not acquired; "
        "add it to the modules of one"
        for name in instance_sections
        if name not in used
    ]
    if site_settings:
        _check_secrets(root, site_settings, problems)
    if problems or site_settings is None:
        raise ConfigError(problems)
    if not categories:
        raise ConfigError([f"{root}: there are no categories; describe them in config/categories-enabled/*.cfg"])
    return Site(
        root, site_settings, tuple(categories), {n: i for n, i in instances.items() if n in used}, modules, tuple(notes)
    )


def _cfg_files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("*.cfg") if path.is_file() or path.is_symlink())


def _site_settings(root: Path, problems: list[str]) -> SiteSettings | None:
    sections = read_sections(_cfg_files(root / "config"), root, problems)
    by_name = {name.lower(): name for name in SECTIONS}
    found: dict[str, Any] = {}
    for name, section in sections.items():
        known = by_name.get(name.lower())
        if known is None:
            problems.append(f"{section.where}: unknown section [{name}]{nearest_or_all(name, SECTIONS)}")
        else:
            found[known] = settings_of(SECTIONS[known], section, problems)
    if problems and any(value is None for value in found.values()):
        return None
    by_type: dict[Any, Any] = {kind: found.get(name) or kind() for name, kind in SECTIONS.items()}
    return SiteSettings(**{name: by_type[kind] for name, kind in get_type_hints(SiteSettings).items()})


def _foreign_modules(sections: dict[str, Section], modules: dict[str, FoundModule]) -> set[str]:
    """Where the modules are that some sections use and that do not come with HappyFace."""
    named = {setting.value for section in sections.values() if (setting := section.settings.get("module"))}
    return {modules[name].location for name in named if name in modules and modules[name].origin != "shipped"}


def _instance(
    section: Section, modules: dict[str, FoundModule], unsafe: dict[str, str], root: Path, problems: list[str]
) -> Instance | None:
    named = section.settings.get("module")
    if named is None:
        problems.append(f"{section.where}: [{section.name}] needs a 'module'; there are {', '.join(sorted(modules))}")
        return None
    found = modules.get(named.value)
    if found is None:
        hint = nearest_or_all(named.value, sorted(modules))
        problems.append(f"{section.at('module')}: there is no module '{named.value}'{hint}")
        return None
    if not _NAME.fullmatch(section.name):
        problems.append(
            f"{section.where}: [{section.name}]: a name is of letters, digits, '_', '-' and '.', at most 100"
        )
        return None
    try:
        if len(found.name) > LONGEST_NAME:
            raise ModuleError(f"a module's name has at most {LONGEST_NAME} letters")
        if found.location in unsafe:
            raise ModuleError(unsafe[found.location])
        code = load_module(found.location)
    except ModuleError as error:
        return _broken(section, found, f"The module {found.name} cannot be used: {error}.")
    return _working(section, found, code, root, problems)


def _working(
    section: Section, found: FoundModule, code: type[Module], root: Path, problems: list[str]
) -> Instance | None:
    before = len(problems)
    config = settings_of(code.Config, section, problems, leave_out=["module"])
    if config is None:
        return None
    try:
        rules_of(code, config)
    except ValueError as error:
        key, sentence = error.args[0]
        problems.append(f"{section.at(key)}: {sentence}")
    for key, source in _configured_sources(config).items():
        _check_secrets_of(source, key, section, root, problems)
    if len(problems) > before:
        return None
    return Instance(section.name, found, section_values(code.Config, section, ["module"]), config, code)


def _broken(section: Section, found: FoundModule, sentence: str) -> Instance:
    """An instance whose module cannot be used: shown with what all modules have, so that its place tells why."""
    common = contract.Config.model_fields
    flat = {key: each.value for key, each in section.settings.items() if key in common}
    ignored: list[str] = []
    config = settings.validated(contract.Config, flat, section, ignored) or contract.Config()
    return Instance(section.name, found, {}, config, None, sentence)


def _configured_sources(config: contract.Config) -> dict[str, Source]:
    """The sources among an instance's settings, by their keys."""
    found: dict[str, Any] = {}
    for name in type(config).model_fields:
        value = getattr(config, name)
        if isinstance(value, list):
            value = dict(enumerate(value))
        found |= {f"{name}.{key}": each for key, each in value.items()} if isinstance(value, dict) else {name: value}
    return {key: each for key, each in found.items() if isinstance(each, Source)}


def _check_secrets_of(source: Source, key: str, section: Section, root: Path, problems: list[str]) -> None:
    options = {option: getattr(source, option) for option in ("user", "password", "body")}
    options |= {f"header.{name}": value for name, value in source.header.items()}
    for place, text in {key: source.target, **{f"{key}.{option}": each for option, each in options.items()}}.items():
        try:
            resolve(text, root)
        except ValueError as error:
            problems.append(f"{section.at(place)}: {error}")


def _check_secrets(root: Path, site_settings: SiteSettings, problems: list[str]) -> None:
    try:
        resolve(site_settings.database.url, root)
    except ValueError as error:
        problems.append(f"[database] url: {error}")


def _categories(
    sections: dict[str, Section], instances: set[str], site_settings: SiteSettings | None, problems: list[str]
) -> list[Category]:
    wanted = site_settings.happyface.categories if site_settings else []
    for name in wanted:
        if name not in sections:
            hint = nearest_or_all(name, sections)
            problems.append(f"[happyface] categories: there is no category '{name}'{hint}")
    taken: dict[str, str] = {}
    found = [_category(sections[name], instances, taken, problems) for name in (wanted or sections) if name in sections]
    return [each for each in found if each]


def _category(section: Section, instances: set[str], taken: dict[str, str], problems: list[str]) -> Category | None:
    found = settings_of(CategorySettings, section, problems)
    if found is None:
        return None
    if not _NAME.fullmatch(section.name):
        problems.append(
            f"{section.where}: [{section.name}]: a name is of letters, digits, '_', '-' and '.', at most 100"
        )
    for name in found.modules:
        if name not in instances:
            hint = nearest_or_all(name, sorted(instances))
            problems.append(f"{section.at('modules')}: there is no instance '{name}'{hint}")
        elif name in taken:
            problems.append(
                f"{section.at('modules')}: the instance '{name}' is in the category '{taken[name]}' already"
            )
        else:
            taken[name] = section.name
    try:
        find_algorithm(found.algorithm)
    except ValueError as error:
        problems.append(f"{section.at('algorithm')}: {error}")
        return None
    return Category(section.name, found, tuple(dict.fromkeys(found.modules)))


def _category_outline(category: Category) -> CategoryOutline:
    given = category.settings
    return CategoryOutline(
        category.name,
        given.name or category.name,
        given.type,
        given.algorithm,
        given.access,
        given.description,
        category.instances,
    )


def _instance_outline(instance: Instance, category: str) -> InstanceOutline:
    given = instance.config
    rules = rules_of(instance.code, given) if instance.code else None
    return InstanceOutline(
        instance.name,
        given.name or instance.name,
        instance.module.name,
        category,
        given.short_name or given.name or instance.name,
        given.type,
        given.weight,
        given.access,
        given.description,
        given.instruction,
        tuple(source.display_url for source in _configured_sources(given).values()),
        {table: dict(limits) for table, limits in rules.limits.items() if limits} if rules else {},
        {level: each.text for level, each in rules.expressions.items()} if rules else {},
    )
