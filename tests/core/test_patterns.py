"""No pattern takes long over a text that somebody else has written."""

import re

import pytest

from patterns import FUNCTIONS, patterns_of_package, slow_text


def test_no_pattern_is_slow() -> None:
    uses = list(patterns_of_package())
    assert {use.function for use in uses} >= FUNCTIONS - {"subn", "finditer"}, "where they stand is not found any more"
    assert {str(use): found for use in uses if (found := slow_text(use.pattern, use.function))} == {}


@pytest.mark.parametrize(
    ("pattern", "function"),
    [
        (r"(a+)+$", "search"),
        (r"(\w+\s?)*$", "match"),
        (r"(?m)^\s*info \{", "search"),
        (r"//[^\s/@]*:.*@|//\S*@", "sub"),
        (r"\$\{(env|file):([^}]+)\}", "findall"),
        (r"\d+\.?\d*", "fullmatch"),
        (rb"name:[ \t]*([^\0]*)", "fullmatch"),
    ],
)
def test_slow_patterns_are_found(pattern: str | bytes, function: str) -> None:
    assert slow_text(re.compile(pattern), function)


@pytest.mark.parametrize("pattern", [r"a+$", r"(?m)^[ \t]*info \{", r"\$\{(env|file):([^{}]+)\}", r"\d+(\.\d*)?"])
def test_others_are_not(pattern: str) -> None:
    assert not slow_text(re.compile(pattern), "match" if pattern.startswith("a") else "search")
