"""The one place through which commands print: what monitors and configurations say reaches no terminal as it is."""

import json
import re
import sys
from collections.abc import Iterable

import click

# Control signs clear the screen, set the title or go back on a line; the others of these turn the direction of writing
# or stand for a line end, so that one text looks like several, or like another.
_UNPRINTABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """A text on one line, its control signs written out: ``\\x1b[2J``."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def say(text: str, *, err: bool = False) -> None:
    """Print one line, on standard error if wanted."""
    click.echo(printable(text), err=err)


def say_lines(text: str, *, err: bool = False) -> None:
    """Print a text of ours of several lines, such as a list of problems or a traceback."""
    for line in text.split("\n"):
        say(line, err=err)


def say_json(value: object) -> None:
    """Print a value as JSON, for scripts; what JSON itself leaves as it is is escaped as JSON has it."""
    written = json.dumps(value, ensure_ascii=False, indent=2)
    lines = (_UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", line) for line in written.split("\n"))
    click.echo("\n".join(lines))


def is_terminal() -> bool:
    """Whether standard output is read by a person, and not by a program or a file."""
    return sys.stdout.isatty()


def say_bytes(pieces: Iterable[bytes]) -> None:
    """Write a file to standard output, which is none of a terminal."""
    out = sys.stdout.buffer
    for piece in pieces:
        out.write(piece)
    out.flush()
