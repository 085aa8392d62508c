"""HappyFace 3's dialect of ``.cfg`` files, read with the line of every section and key.

The standard library's ``configparser`` reads nearly the same, but tells no lines, cuts continuation lines at ``;``, and
takes an indented key for a part of the value above without a word.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from happyface.contract.masking import public_text
from happyface.errors import nearest
from happyface.site.config.problems import Problem

_HEADER = re.compile(r"\[(?P<name>[^\]]+)\]")
_KEY = re.compile(r"(?P<key>[^\s:=#;\[][^:=]*)[:=]\s*(?P<value>.*)")
_INDENTED_KEY = re.compile(r"(?P<key>[A-Za-z_][\w.-]*)\s*=(?!=)")
_COMMENT = re.compile(r"(?:^|\s);")


@dataclass
class ParsedKey:
    """A key as it is written.

    Attributes:
        lines: the lines of its value, without comments.
        line: the number of the line that it begins on.
        indent: how many blanks stand before it.
        indented: what looks like a key in its continuation lines, by their numbers.
    """

    lines: list[str]
    line: int
    indent: int
    indented: dict[int, str] = field(default_factory=dict)

    @property
    def value(self) -> str:
        """The whole value."""
        return "\n".join(self.lines).strip()


@dataclass
class ParsedSection:
    """A section of one file, with the number of its line."""

    line: int
    keys: dict[str, ParsedKey] = field(default_factory=dict)


class _Parser:
    """Reads one file, line by line."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.sections: dict[str, ParsedSection] = {}
        self._file, self._problems = file, problems
        self._name = ""
        self._section: ParsedSection | None = None
        self._key: ParsedKey | None = None
        self._is_lost = False

    def read(self, number: int, line: str) -> None:
        """Take the next line."""
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if not text and self._key:
            self._key.lines.append("")  # an instruction may have paragraphs
        elif not text or text[0] in "#;":
            return
        elif self._key and indent > self._key.indent:
            self._go_on(self._key, number, text)
        elif header := _HEADER.match(text):
            self._begin(number, header["name"])
        elif self._section is None:
            self._lose(number, text)
        else:
            self._read_key(self._section, number, indent, text)

    def _go_on(self, key: ParsedKey, number: int, text: str) -> None:
        key.lines.append(text)
        if found := _INDENTED_KEY.match(text):
            key.indented[number] = found["key"].lower()

    def _begin(self, number: int, name: str) -> None:
        if name in self.sections:
            self._tell(number, f"there is another section [{name}] above it")
        self._name, self._key = name, None
        self._section = self.sections.setdefault(name, ParsedSection(number))

    def _lose(self, number: int, text: str) -> None:
        # Once: whatever follows before a section is wrong for the same reason.
        if not self._is_lost:
            self._tell(number, f"expected a [section] before “{public_text(text)[:40]}”")
        self._is_lost = True

    def _read_key(self, section: ParsedSection, number: int, indent: int, text: str) -> None:
        found = _KEY.match(text)
        if not found:
            self._key = None
            self._tell(number, f"expected 'key = value', found “{public_text(text)[:60]}”")
            return
        name = found["key"].rstrip().lower()
        if name in section.keys:
            self._tell(number, f"[{self._name}] has another '{name}' above it")
        value = found["value"]
        comment = _COMMENT.search(value)
        self._key = ParsedKey([value[: comment.start()] if comment else value], number, indent)
        section.keys[name] = self._key

    def _tell(self, number: int, sentence: str) -> None:
        self._problems.append(Problem(sentence, f"{self._file}:{number}"))


def parse(text: str, file: str, problems: list[Problem]) -> dict[str, ParsedSection]:
    """The sections of a file by name; lines that mean nothing are added to ``problems``, and the others are used."""
    parser = _Parser(file, problems)
    for number, line in enumerate(text.split("\n"), start=1):
        parser.read(number, line)
    return parser.sections


_REFERENCE = re.compile(r"%\(([^()]*)\)s")
# Beside a reference a doubled sign is one, as HappyFace 3 had it; a value without any is left as it is.
_REFERENCE_OR_SIGN = re.compile(r"%%|%\(([^()]*)\)s")
_LONGEST = 100_000
_DEEPEST = 50


class References:
    """Fills in ``%(name)s`` from the values of one section; each of them is worked out once.

    Args:
        values: the section's values as they are written, by key.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._filled: dict[str, str] = {}
        self._open: list[str] = []

    def fill(self, text: str) -> str:
        """``text`` with what it refers to.

        Raises:
            ValueError: there is no such key, or it fills in itself, or far too much.
        """
        if not _REFERENCE.search(text):
            return text
        length = 0

        def replace(match: re.Match[str]) -> str:
            nonlocal length
            found = "%" if match[1] is None else self._value(match[1])
            length += len(found)
            if length > _LONGEST:  # references to references may double a value many times
                raise ValueError(f"{match[0]} makes it longer than {_LONGEST} letters")
            return found

        return _REFERENCE_OR_SIGN.sub(replace, text)

    def _value(self, written: str) -> str:
        name = written.lower()
        if name not in self._values:
            raise ValueError(f"%({written})s: there is no '{name}' in this section{nearest(name, self._values)}")
        if name in self._filled:
            return self._filled[name]
        if name in self._open or len(self._open) > _DEEPEST:
            raise ValueError(f"%({written})s fills in itself")
        self._open.append(name)
        try:
            self._filled[name] = self.fill(self._values[name])
        finally:
            self._open.pop()
        return self._filled[name]
