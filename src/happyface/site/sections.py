"""The ``.cfg`` files of a site: read with file and line, and turned into settings or into sentences.

The dialect is HappyFace 3's: ``%(name)s`` is filled in from the same section, any other ``%`` is itself; a ``;``
after a blank starts a comment, and so does a ``#`` or ``;`` at the start of a line; key names are lower case.
"""

import configparser
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from happyface.contract.declaration import Setting
from happyface.contract.source import Source
from happyface.errors import nearest, nearest_or_all
from happyface.site.nesting import declared_settings, nested_settings


@dataclass(frozen=True)
class Written:
    """One key of a section: its value as written, and where."""

    value: str
    where: str


@dataclass
class Section:
    """A section, merged from all files that have it; later files have overridden earlier ones."""

    name: str
    where: str
    settings: dict[str, Written] = field(default_factory=dict)
    defaults: dict[str, Written] = field(default_factory=dict)

    def at(self, key: str) -> str:
        """Where a key is written, as the beginning of a sentence: file, line, section and key."""
        setting = self.settings.get(key) or self.defaults.get(key)
        return f"{setting.where if setting else self.where}: [{self.name}] {key}"


def read_sections(paths: Sequence[Path], root: Path, problems: list[str]) -> dict[str, Section]:
    """The sections of some files in their order; what cannot be read is added to ``problems``.

    Args:
        paths: the files, earlier ones overridden by later ones.
        root: the site, against which places are named.
    """
    sections: dict[str, Section] = {}
    defaults: dict[str, Written] = {}
    for path in paths:
        parsed = _parse(path, str(path.relative_to(root)), problems)
        defaults |= parsed.pop("DEFAULT", Section("DEFAULT", "")).settings
        for section in parsed.values():
            _merge(sections, section, problems)
    for section in sections.values():
        section.defaults = dict(defaults)
        _interpolate(section, problems)
    return sections


def _merge(sections: dict[str, Section], section: Section, problems: list[str]) -> None:
    known = sections.setdefault(section.name, section)
    if known is section:
        return
    ours, theirs = known.settings.get("module"), section.settings.get("module")
    if ours and theirs and ours.value != theirs.value:
        problems.append(
            f"{section.where}: there is another [{section.name}], of module {ours.value}, at {ours.where}; "
            "an instance's name must be unique"
        )
        return
    known.settings |= section.settings


def _parse(path: Path, display_path: str, problems: list[str]) -> dict[str, Section]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it is not UTF-8 text ({error.reason})"
        problems.append(f"{display_path}: cannot be read: {reason}")
        return {}
    lines = _lines(text, display_path, problems)
    parser = _parsed(text, display_path, problems)
    found = {name: dict(parser.items(name)) for name in parser.sections()}
    found["DEFAULT"] = dict(parser.defaults())
    return {
        name: Section(
            name,
            f"{display_path}:{lines.get((name, ''), 1)}",
            # The parser has the keys of [DEFAULT] in every section; the lines tell them apart.
            {
                key: Written(value, f"{display_path}:{lines[name, key]}")
                for key, value in values.items()
                if (name, key) in lines
            },
        )
        for name, values in found.items()
    }


def _parsed(text: str, display_path: str, problems: list[str]) -> configparser.RawConfigParser:
    """The parsed text. Bad lines are added to ``problems``; the others are used, so that theirs are found as well."""
    # Not strict: _lines reports all duplicates with their places. Raw: a plain % stays one; _interpolate does the
    # rest.
    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(";",))
    try:
        parser.read_string(text)
    except configparser.MissingSectionHeaderError as error:
        problems.append(f"{display_path}:{error.lineno}: expected a [section] before “{error.line.strip()[:40]}”")
        return configparser.RawConfigParser()
    except configparser.ParsingError as error:
        lines = text.split("\n")
        problems.extend(
            f"{display_path}:{number}: expected 'key = value', found “{lines[number - 1].strip()[:60]}”"
            for number, _ in error.errors
        )
    return parser


# configparser does not say on which line a key stands.
_HEADER = re.compile(r"\[(?P<name>.+)\]")
_KEY = re.compile(r"(?P<key>[^\s:=#;\[][^:=]*?)\s*[:=]")


def _lines(text: str, display_path: str, problems: list[str]) -> dict[tuple[str, str], int]:
    """The line of each section (key '') and of each of its keys; duplicates are added to ``problems``."""
    lines: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            section = header["name"]
            if lines.setdefault((section, ""), number) != number:
                problems.append(f"{display_path}:{number}: there is another section [{section}] above it")
        elif match := _KEY.match(line):
            key = match["key"].rstrip().lower()
            if (section, key) in lines:
                problems.append(f"{display_path}:{number}: [{section}] has another '{key}' above it")
            lines[section, key] = number
    return lines


_REFERENCE = re.compile(r"%\(([^)]*)\)s")


def _interpolate(section: Section, problems: list[str]) -> None:
    available = {key: setting.value for key, setting in (section.defaults | section.settings).items()}
    for settings in (section.defaults, section.settings):
        for key, setting in settings.items():
            try:
                settings[key] = Written(_filled(setting.value, available), setting.where)
            except ValueError as error:
                problems.append(f"{section.at(key)}: {error}")


def _filled(text: str, available: Mapping[str, str], depth: int = 0) -> str:
    def fill(match: re.Match[str]) -> str:
        name = match[1].lower()
        if name not in available:
            raise ValueError(f"%({match[1]})s: there is no '{name}' in this section{nearest(name, available)}")
        if depth > 9:  # deeper than anybody writes: a circle
            raise ValueError(f"%({match[1]})s fills in itself")
        return _filled(available[name], available, depth + 1)

    return _REFERENCE.sub(fill, text)


Settings = TypeVar("Settings", bound=BaseModel)


def settings_of(declaration: type[Settings], section: Section, problems: list[str]) -> Settings | None:
    """The settings of a section; None, with all its faults added to ``problems``, when it is not valid."""
    known = declared_settings(declaration)
    try:
        return declaration.model_validate(nested_settings(declaration, section_values(known, section)))
    except ValidationError as error:
        problems.extend(problem_sentences(known, section, map(dict, error.errors())))
        return None


def section_values(known: Mapping[str, Setting], section: Section, leave_out: Sequence[str] = ()) -> dict[str, str]:
    """The values of a section as they are written, with those of ``[DEFAULT]`` that it knows."""
    own = {key: setting.value for key, setting in section.settings.items() if key not in leave_out}
    return {key: setting.value for key, setting in section.defaults.items() if key.partition(".")[0] in known} | own


def problem_sentences(
    known: Mapping[str, Setting], section: Section, errors: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """pydantic's errors about a section as sentences, each once."""
    return iter(dict.fromkeys(_sentence(known, section, error) for error in errors))


def _sentence(known: Mapping[str, Setting], section: Section, error: Mapping[str, Any]) -> str:
    parts = [str(part) for part in error["loc"]]
    if not parts:
        return f"{section.where}: [{section.name}]: {_expected(error, '')}"
    # pydantic's place goes on into the value: the longest beginning that was written is the key.
    key = next(
        (
            candidate
            for end in range(len(parts), 0, -1)
            if (candidate := ".".join(parts[:end]).lower()) in section.settings
        ),
        ".".join(parts),
    )
    if error["type"] == "missing":
        return _missing(known, section, parts, key)
    if error["type"] == "extra_forbidden":
        return f"{section.at(key)}: unknown key{_known_keys(known, section, parts)}"
    written = section.settings.get(key)
    return f"{section.at(key)}: {_expected(error, written.value if written else '')}"


def _missing(known: Mapping[str, Setting], section: Section, parts: list[str], key: str) -> str:
    setting = known.get(parts[0])
    about = f": {setting.description}" if setting and setting.description else ""
    if parts[0] in section.settings or any(name.startswith(f"{parts[0]}.") for name in section.settings):
        return f"{section.at(parts[0])}: it lacks its own value; write '{parts[0]} = …'"
    return f"{section.where}: [{section.name}] needs a '{key}'{about}"


def _known_keys(known: Mapping[str, Setting], section: Section, parts: list[str]) -> str:
    if len(parts) > 1:
        return nearest_or_all(parts[-1], Source.model_fields.keys() - {"kind", "target"})
    plain = parts[0].partition(".")[0]
    if plain in known and known[plain].shape not in ("dict", "source", "sources"):
        return f"; '{plain}' takes no '.': write '{plain} = …'"
    besides = {"module"} & section.settings.keys()  # chooses the settings class, so it is none of its settings
    return nearest_or_all(plain, [*besides, *known])


_EXPECTED = {
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "bool_parsing": "yes or no",
    "list_type": "a list, separated by commas",
}


def _expected(error: Mapping[str, Any], written: str) -> str:
    given = error["input"] if isinstance(error["input"], str) else written
    if error["type"] in _EXPECTED:
        return f"'{given}' is not {_EXPECTED[error['type']]}"
    if error["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"'{given}' is not one of {', '.join(choices)}{nearest(given, choices)}"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    message = str(error["msg"]).replace("Input should", "it must")
    return f"'{given}': {message[:1].lower()}{message[1:]}" if given else message
