"""Reading the parameters of an address one by one: texts, numbers, words, filters of rows."""

import re
from collections.abc import Mapping
from typing import Any

from happyface.errors import nearest_or_all
from happyface.model.series import RowFilter

LONGEST_TEXT, MOST_FILTERS = 200, 20
SMALLEST, LARGEST = 100, 4000
COARSEST, FINEST = 50, 300
MOST_PIXELS = 8_000_000
"""An image takes four bytes a pixel while it is drawn, and a second or two where there are so many."""
OF_ALL = re.compile(r"(filter|exclude)(?:_.+)?")
"""The names of filters that concern everything."""

Parameters = Mapping[str, str]

# No database takes these, and no SVG.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def read_text(given: Parameters, name: str) -> str:
    """A text, without what cannot be written; empty where it is not given. Raises ValueError: it is too long."""
    return check_text(name, given.get(name, ""))


def check_text(name: str, text: str) -> str:
    """A text that is a part of a parameter, likewise."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{name} is longer than {LONGEST_TEXT} characters")
    return _UNWRITABLE.sub("", text)


def read_whole(given: Parameters, name: str, default: int, lowest: int, highest: int) -> int:
    """A whole number. Raises ValueError: it is none, or not in between."""
    text = given.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not lowest <= int(text) <= highest:
        raise ValueError(f"{name}={text}: expected is a whole number from {lowest} to {highest}")
    return int(text)


_YES, _NO = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


def read_yes(given: Parameters, name: str) -> bool:
    """Yes or no. Raises ValueError: it is neither."""
    text = given.get(name, "").lower()
    if text not in (*_YES, *_NO):
        raise ValueError(f"{name}={text}: expected is 1 or 0")
    return text in _YES


def read_word(given: Parameters, name: str, words: tuple[Any, ...], default: str) -> Any:
    """One of some words. Raises ValueError: it is none of them."""
    text = given.get(name, "").lower() or default
    if text not in words:
        raise ValueError(f"{name}: there is no '{text}'{nearest_or_all(text, words)}")
    return text


def read_size(given: Parameters) -> dict[str, int]:
    """Width, height and resolution of an image. Raises ValueError: it is too large, or too small."""
    width, height = (
        read_whole(given, name, usual, SMALLEST, LARGEST) for name, usual in (("width", 800), ("height", 400))
    )
    if width * height > MOST_PIXELS:
        raise ValueError(f"width={width} and height={height} are more than {MOST_PIXELS // 10**6} million pixels")
    return {"width": width, "height": height, "dpi": read_whole(given, "dpi", 100, COARSEST, FINEST)}


def by_number(name: str) -> tuple[int, str]:
    """So that the tenth comes behind the second; names without a number come last."""
    return (int(name), "") if name.isascii() and name.isdigit() and len(name) < 9 else (10**9, name)


def read_filters(given: Parameters, pattern: re.Pattern[str]) -> tuple[RowFilter, ...]:
    """The filters and exclusions whose names fit a pattern. Raises ValueError."""
    found = [(name, match[1]) for name in given if (match := pattern.fullmatch(name))]
    if len(found) > MOST_FILTERS:
        raise ValueError(f"there are {len(found)} filters and exclusions; there may be {MOST_FILTERS}")
    # All that is to count comes first, then what is not to; each in the order of its numbers.
    found.sort(key=lambda entry: (entry[1] != "filter", by_number(entry[0].rpartition("_")[2])))
    return tuple(_filter(name, given[name], kind == "exclude") for name, kind in found)


def _filter(name: str, text: str, exclude: bool) -> RowFilter:
    column, comma, value = (part.strip() for part in text.partition(","))
    if not column or not comma:
        raise ValueError(f"{name}: '{text}' is not a column and its value, such as pool,f01-032-105")
    return RowFilter(check_text(name, column), check_text(name, value), exclude)


def filter_parameters(filters: tuple[RowFilter, ...], prefix: str) -> dict[str, str]:
    """The parameters of filters, their names after a prefix."""
    found = {}
    for exclude, word in ((False, "filter"), (True, "exclude")):
        chosen = [entry for entry in filters if entry.exclude == exclude]
        for number, entry in enumerate(chosen, start=1):
            found[f"{prefix}{word}_{number}"] = f"{entry.column},{entry.value}"
    return found
