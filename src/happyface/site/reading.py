"""Finding a site's directory, reading its configuration, and collecting all that is wrong with it."""

import os
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

from happyface.errors import ConfigError, HappyFaceError, nearest_or_all
from happyface.rating.algorithms import find_algorithm
from happyface.site.instances import NAME_PATTERN, read_instances
from happyface.site.modules import find_modules
from happyface.site.secrets import resolve, secret_files
from happyface.site.sections import Section, read_sections, settings_of
from happyface.site.settings import SECTIONS, CategorySettings, SiteSettings
from happyface.site.site import Category, Site

_PLACES = ("config", "config/categories-enabled", "config/modules-enabled")
"""Where a site's configuration files are, in the order in which they are read."""


def find_site(directory: Path | None) -> Path:
    """The site's directory: the one given, else ``HAPPYFACE_SITE``, else the current one.

    Raises:
        HappyFaceError: there is no site.
    """
    root = (directory or Path(os.environ.get("HAPPYFACE_SITE") or ".")).expanduser().absolute()
    if not root.is_dir():
        raise HappyFaceError(f"There is no directory {root}. 'happyface init {directory or root}' makes a site there.")
    _check_readable(root)
    if not (root / "config").is_dir():
        raise HappyFaceError(
            f"{root} is not a site: it has no config directory. "
            "Name the site with -C or HAPPYFACE_SITE, or make one with 'happyface init DIR'."
        )
    return root


def _check_readable(directory: Path) -> None:
    try:
        # The right to enter, then the right to list.
        os.stat(f"{directory}/.")
        os.scandir(directory).close()
    except OSError as error:
        raise HappyFaceError(f"{directory} cannot be read: {error.strerror}.") from error


def config_files(root: Path) -> list[Path]:
    """All ``.cfg`` files of a site, in the order in which they are read."""
    return [path for place in _PLACES for path in _cfg_files(root / place)]


def fingerprint(root: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, times and sizes of all files that the site is read from: different after any change.

    They are its configuration files, the secret files that these name, and its modules.
    """
    modules = root / "modules"
    config = _states(config_files(root))
    code = _states([*sorted(modules.glob("**/*.py")), *sorted(modules.glob("**/*.html"))])
    return (*config, *_states([root / name for name in _secret_files(config)]), *code)


def _states(paths: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    found = []
    for path in paths:
        with suppress(OSError):  # deleted since it was listed, or a secret that is yet to come
            state = path.stat()
            found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)


@lru_cache(maxsize=4)
def _secret_files(config: tuple[tuple[str, int, int], ...]) -> tuple[str, ...]:
    """The secret files that configuration files name; those are read again only when one has changed."""
    named: set[str] = set()
    for path, _, _ in config:
        with suppress(OSError):
            named |= secret_files(Path(path).read_text(encoding="utf-8", errors="replace"))
    return tuple(sorted(named))


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
    instances = read_instances(instance_sections, modules, root, problems)
    categories = _categories(sections, set(instance_sections), site_settings, problems)
    used = {name for category in categories for name in category.instances}
    broken = {name: instance.broken for name, instance in instances.items() if instance.broken}
    notes = [f"{instance_sections[name].where}: [{name}]: {sentence}" for name, sentence in broken.items()]
    notes += [
        f"{instance_sections[name].where}: [{name}] is in no category, so it is not acquired; "
        "add it to the modules of one"
        for name in instance_sections
        if name not in used
    ]
    if site_settings:
        _check_secrets(root, site_settings, problems)
    # At the end: everything that is wrong comes in one report.
    if problems or site_settings is None:
        raise ConfigError(problems)
    if not categories:
        raise ConfigError([f"{root}: there are no categories; describe them in config/categories-enabled/*.cfg"])
    acquired = {name: instance for name, instance in instances.items() if name in used}
    spare = {name: instance for name, instance in instances.items() if name not in used}
    return Site(root, site_settings, tuple(categories), acquired, modules, tuple(notes), spare)


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
    return [category for category in found if category]


def _category(section: Section, instances: set[str], taken: dict[str, str], problems: list[str]) -> Category | None:
    found = settings_of(CategorySettings, section, problems)
    if found is None:
        return None
    if not NAME_PATTERN.fullmatch(section.name):
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
