"""Mistakes in a configuration, each with its place; the same one in many places is told once."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """A mistake, or what is worth a look: ``config/x.cfg:4: [a] weight: 'x' is not a number``.

    Attributes:
        sentence: what is wrong, without the place.
        where: file and line; empty for what is in no file.
        section: the name of the section in brackets, with the sign that follows it; empty where that says nothing.
        key: the key, if it is about one.
    """

    sentence: str
    where: str = ""
    section: str = ""
    key: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        about = f"{self.section} " if self.section else ""
        return f"{place}{about}{self.key}{': ' if self.key else ''}{self.sentence}"


def sentences_of(problems: Iterable[Problem]) -> list[str]:
    """All problems as sentences, in their order; equal ones of several sections as one sentence with all its places."""
    equal: dict[tuple[str, ...], list[Problem]] = {}
    for problem in dict.fromkeys(problems):
        place = () if problem.section else (problem.where,)  # lines that mean nothing stay apart
        equal.setdefault((problem.key, problem.sentence, *place), []).append(problem)
    return [_sentence(found) for found in equal.values()]


def _sentence(equal: list[Problem]) -> str:
    first, *others = equal
    places = ", ".join(f"{problem.section.rstrip(':')} {problem.where}".strip() for problem in others)
    return f"{first} (the same in {places})" if others else str(first)
