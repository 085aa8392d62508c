"""Finding a site's directory, reading its configuration, and collecting all that is wrong with it."""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

from happyface.errors import ConfigError, HappyFaceError, nearest_or_all
from happyface.rating.algorithms import find_algorithm
from happyface.site.config.problems import Problem, sentences_of
from happyface.site.instances import check_name, read_instances
from happyface.site.modules import find_modules
from happyface.site.secrets import resolve, secret_files
from happyface.site.sections import Section, read_sections, settings_of
from happyface.site.settings import SECTIONS, WITHOUT_EFFECT, CategorySettings, SiteSettings
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
    problems: list[Problem] = []
    remarks: list[Problem] = []
    site_settings = _site_settings(root, problems, remarks)
    sections = read_sections(_cfg_files(root / "config/categories-enabled"), root, problems)
    instance_sections = read_sections(_cfg_files(root / "config/modules-enabled"), root, problems)
    modules = find_modules(root / "modules")
    instances = read_instances(instance_sections, modules, root, problems)
    categories = _categories(sections, set(instance_sections), site_settings, problems)
    used = {name for category in categories for name in category.instances}
    remarks += [instance_sections[name].problem(found.broken) for name, found in instances.items() if found.broken]
    remarks += [
        instance_sections[name].needs("is in no category, so it is not acquired; add it to the modules of one")
        for name in instance_sections
        if name not in used
    ]
    # At the end: everything that is wrong comes in one report.
    if problems:
        raise ConfigError(sentences_of(problems))
    if not categories:
        raise ConfigError([f"{root}: there are no categories; describe them in config/categories-enabled/*.cfg"])
    acquired = {name: instance for name, instance in instances.items() if name in used}
    spare = {name: instance for name, instance in instances.items() if name not in used}
    return Site(root, site_settings, tuple(categories), acquired, modules, tuple(sentences_of(remarks)), spare)


def _cfg_files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("*.cfg") if path.is_file() or path.is_symlink())


def _site_settings(root: Path, problems: list[Problem], remarks: list[Problem]) -> SiteSettings:
    sections = read_sections(_cfg_files(root / "config"), root, problems)
    by_name = {name.lower(): name for name in SECTIONS}
    found: dict[str, Any] = {}
    for name, section in sections.items():
        known = by_name.get(name.lower())
        remarks += _without_effect(section, WITHOUT_EFFECT.get(known or name))
        if known:
            found[known] = settings_of(SECTIONS[known], section, problems)
        elif name not in WITHOUT_EFFECT:
            problems.append(Problem(f"unknown section [{name}]{nearest_or_all(name, SECTIONS)}", section.where))
    by_type: dict[Any, Any] = {kind: found.get(name) or kind() for name, kind in SECTIONS.items()}
    settings = SiteSettings(**{name: by_type[kind] for name, kind in get_type_hints(SiteSettings).items()})
    places = {name.lower(): section for name, section in sections.items()}
    problems += _database_problems(root, settings, places.get("database"))
    problems += _archive_problems(root, settings, places.get("paths"))
    return settings


def _without_effect(section: Section, names: Collection[str] | None) -> Iterator[Problem]:
    """Takes HappyFace 3's keys that mean nothing here out of a section, and says so."""
    if names is None:
        return
    found = [key for key in section.settings if key in names or not names]
    for key in found:
        del section.settings[key]
    if found:
        verb = "is a key" if len(found) == 1 else "are keys"
        yield section.problem(f"{', '.join(found)} {verb} of HappyFace 3 without effect here")


def _database_problems(root: Path, settings: SiteSettings, section: Section | None) -> Iterator[Problem]:
    section = section or Section("database", "")
    try:
        address = resolve(settings.database.url, root)
    except ValueError as error:
        yield section.problem(str(error), "url")
        return
    if re.match(r"sqlite:///.", address):  # nearly always: nothing has to be loaded to know that it can be used
        return
    from happyface.store.engine import address_fault

    if fault := address_fault(address):
        yield section.problem(fault, "url")


def _archive_problems(root: Path, settings: SiteSettings, section: Section | None) -> Iterator[Problem]:
    directory = root / settings.paths.archive_dir
    for path in (directory, *directory.parents):
        if path.is_dir():
            return
        if path.exists():
            where = section or Section("paths", "")
            yield where.problem(f"'{settings.paths.archive_dir}' cannot be a directory: {path} is none", "archive_dir")
            return


def _categories(
    sections: dict[str, Section], instances: set[str], site_settings: SiteSettings, problems: list[Problem]
) -> list[Category]:
    wanted = site_settings.happyface.categories
    for name in wanted:
        if name not in sections:
            hint = nearest_or_all(name, sections)
            problems.append(Problem(f"there is no category '{name}'{hint}", "", "[happyface]", "categories"))
    taken: dict[str, str] = {}
    # Those that are not wanted are looked at while something is wrong: their mistakes would come one by one.
    names = [name for name in wanted if name in sections] if wanted and not problems else list(sections)
    return [_category(sections[name], instances, taken, problems) for name in names]


def _category(section: Section, instances: set[str], taken: dict[str, str], problems: list[Problem]) -> Category:
    found = settings_of(CategorySettings, section, problems)
    check_name(section, problems)
    for name in found.modules:
        if name not in instances:
            hint = nearest_or_all(name, sorted(instances))
            problems.append(section.problem(f"there is no instance '{name}'{hint}", "modules"))
        elif name in taken:
            sentence = f"the instance '{name}' is in the category '{taken[name]}' already"
            problems.append(section.problem(sentence, "modules"))
        else:
            taken[name] = section.name
    try:
        find_algorithm(found.algorithm)
    except ValueError as error:
        problems.append(section.problem(str(error), "algorithm"))
    return Category(section.name, found, tuple(dict.fromkeys(found.modules)))
