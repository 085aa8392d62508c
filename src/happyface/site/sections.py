"""The ``.cfg`` files of a site: read with file and line, and turned into settings or into sentences.

The dialect is HappyFace 3's: ``%(name)s`` is filled in from the same section, any other ``%`` is itself; a ``;``
after a blank starts a comment, and so does a ``#`` or ``;`` at the start of a line; key names are lower case.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from happyface.contract.declaration import Setting
from happyface.contract.masking import is_secret_name, public_text
from happyface.contract.source import Source
from happyface.errors import nearest, nearest_or_all
from happyface.site.config.dialect import ParsedSection, References, parse
from happyface.site.config.problems import Problem
from happyface.site.nesting import declared_settings, nested_settings

_NO_COMMENT = re.compile(r"\s#")


@dataclass(frozen=True)
class Written:
    """One key of a section: its value as written, and where."""

    value: str
    where: str


@dataclass
class Section:
    """A section, merged from all files that have it; later files have overridden earlier ones.

    ``indented`` tells what looks like a key within another key's value: its place, the key above it, and itself.
    """

    name: str
    where: str
    settings: dict[str, Written] = field(default_factory=dict)
    defaults: dict[str, Written] = field(default_factory=dict)
    indented: list[tuple[str, str, str]] = field(default_factory=list)

    def problem(self, sentence: str, key: str = "") -> Problem:
        """What is wrong with the section, or with one of its keys, with file and line."""
        setting = self.settings.get(key) or self.defaults.get(key)
        if setting is None:
            return Problem(sentence, self.where, f"[{self.name}]" if key else f"[{self.name}]:", key)
        hint = "; a comment behind a value begins with ' ;'" if _NO_COMMENT.search(setting.value) else ""
        return Problem(f"{sentence}{hint}", setting.where, f"[{self.name}]", key)

    def needs(self, sentence: str) -> Problem:
        """What the section lacks: a sentence that goes on from its name."""
        return Problem(sentence, self.where, f"[{self.name}]")


def read_sections(paths: Sequence[Path], root: Path, problems: list[Problem]) -> dict[str, Section]:
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
        _fill_in(section, problems)
    return sections


def _merge(sections: dict[str, Section], section: Section, problems: list[Problem]) -> None:
    known = sections.setdefault(section.name, section)
    if known is section:
        return
    ours, theirs = known.settings.get("module"), section.settings.get("module")
    if ours and theirs and ours.value != theirs.value:
        sentence = (
            f"there is another [{section.name}], of module {ours.value}, at {ours.where}; "
            "an instance's name must be unique"
        )
        problems.append(Problem(sentence, section.where))
        return
    known.settings |= section.settings
    known.indented += section.indented


def _parse(path: Path, display_path: str, problems: list[Problem]) -> dict[str, Section]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it is not UTF-8 text ({error.reason})"
        problems.append(Problem(f"cannot be read: {reason}", display_path))
        return {}
    return {name: _section(name, parsed, display_path) for name, parsed in parse(text, display_path, problems).items()}


def _section(name: str, parsed: ParsedSection, display_path: str) -> Section:
    settings = {key: Written(found.value, f"{display_path}:{found.line}") for key, found in parsed.keys.items()}
    indented = [
        (f"{display_path}:{line}", above, key)
        for above, found in parsed.keys.items()
        for line, key in found.indented.items()
    ]
    return Section(name, f"{display_path}:{parsed.line}", settings, indented=indented)


def _fill_in(section: Section, problems: list[Problem]) -> None:
    references = References({key: setting.value for key, setting in (section.defaults | section.settings).items()})
    for settings in (section.defaults, section.settings):
        for key, setting in settings.items():
            try:
                settings[key] = Written(references.fill(setting.value), setting.where)
            except ValueError as error:
                problems.append(section.problem(str(error), key))


Settings = TypeVar("Settings", bound=BaseModel)


def settings_of(declaration: type[Settings], section: Section, problems: list[Problem]) -> Settings:
    """The settings of a section; what is not valid is added to ``problems``, and left out."""
    known = declared_settings(declaration)
    problems += indented_keys(known, section)
    values = nested_settings(declaration, section_values(known, section))
    try:
        return declaration.model_validate(values)
    except ValidationError as error:
        found = error.errors()
        problems += problem_sentences(known, section, map(dict, found))
        wrong = {problem["loc"][0] for problem in found if problem["loc"]}
        # The rest is used: other mistakes are to be found in the same go.
        return declaration.model_validate({name: value for name, value in values.items() if name not in wrong})


def indented_keys(known: Iterable[str], section: Section) -> Iterator[Problem]:
    """What looks like a key and is a part of the value above, since it is indented."""
    names = set(known)
    for where, above, key in section.indented:
        if key.partition(".")[0] in names:
            sentence = f"it is indented, and so a part of '{above}' above it; take away the blanks before it"
            yield Problem(sentence, where, f"[{section.name}]", key)


def section_values(known: Mapping[str, Setting], section: Section, leave_out: Sequence[str] = ()) -> dict[str, str]:
    """The values of a section as they are written, with those of ``[DEFAULT]`` that it knows."""
    own = {key: setting.value for key, setting in section.settings.items() if key not in leave_out}
    return {key: setting.value for key, setting in section.defaults.items() if key.partition(".")[0] in known} | own


def problem_sentences(
    known: Mapping[str, Setting], section: Section, errors: Iterable[Mapping[str, Any]]
) -> Iterator[Problem]:
    """pydantic's errors about a section as problems, each once."""
    return iter(dict.fromkeys(_problem(known, section, error) for error in errors))


def _problem(known: Mapping[str, Setting], section: Section, error: Mapping[str, Any]) -> Problem:
    parts = [str(part) for part in error["loc"]]
    if not parts:
        return section.problem(_expected(error, ""))
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
        return section.problem(f"unknown key{_known_keys(known, section, parts)}", key)
    written = section.settings.get(key)
    sentence = _expected(error, written.value if written else "", is_secret_name(key))
    return section.problem(sentence, key)


def _missing(known: Mapping[str, Setting], section: Section, parts: list[str], key: str) -> Problem:
    setting = known.get(parts[0])
    about = f": {setting.description}" if setting and setting.description else ""
    if parts[0] in section.settings or any(name.startswith(f"{parts[0]}.") for name in section.settings):
        return section.problem(f"it lacks its own value; write '{parts[0]} = …'", parts[0])
    return section.needs(f"needs a '{key}'{about}")


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


def _expected(error: Mapping[str, Any], written: str, is_secret: bool = False) -> str:
    given = error["input"] if isinstance(error["input"], str) else written
    given = "…" if is_secret else public_text(given)
    if error["type"] in _EXPECTED:
        return f"'{given}' is not {_EXPECTED[error['type']]}"
    if error["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"'{given}' is not one of {', '.join(choices)}{nearest(given, choices)}"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    message = str(error["msg"]).replace("Input should", "it must")
    return f"'{given}': {message[:1].lower()}{message[1:]}" if given else message
