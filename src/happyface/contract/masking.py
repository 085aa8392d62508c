"""Texts of a configuration as they may be shown to anybody: without what looks like a secret.

What is shown are programs, the names of options, addresses, and plain words; the rest is an ellipsis. Nothing here
knows what a program does with its words, so the rules are generous in hiding:

- what follows an option, a word or a parameter that is named like a secret, or an option in which programs commonly
  take a login, a header or data (``-u``, ``-H``, ``-d``, ``-p``, ``--user``, ``--data-binary``, ``--cookie``);
- user and password of an address;
- any word with a blank, a quote or a bracket in it: scripts, header lines, JSON;
- whatever is shaped like a token: twenty or more letters and digits in a row.

The places of secrets, ``${env:NAME}`` and ``${file:PATH}``, and of times are names and stay readable. Every step
takes a time that grows with the length of the text.
"""

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from urllib.parse import unquote_plus

HIDDEN = "…"
"""What is shown in place of what is not."""

_LONGEST_COMMAND = 10_000
"""Characters of a command whose words are looked at; of longer ones the program is shown."""

_SHORTEST_SECRET = 3
"""Characters that stand in many a word by chance."""

# Parts of names of settings, options and parameters whose values are secrets …
_SIGNS = re.compile(
    "token|secret|pass|pwd|auth|cred|cookie|sess|signature|apikey|accesskey|bearer|jwt|psk", re.IGNORECASE
)
# … and words that are as much only if they are the whole name, or stand apart in it: `site_key`, not `keyword`.
_SECRET_WORDS = {"key", "keys", "pw", "sig", "sid", "pin", "otp", "sas", "hmac", "ticket", "assertion", "basic"}
# Options in which a secret goes along, though it is not what they are named after.
_CARRIERS = {
    "user",
    "username",
    "login",
    "header",
    "headers",
    "data",
    "form",
    "body",
    "content",
    "payload",
    "post",
    "cert",
    "community",
}
_CARRIER_LETTERS = set("aAbcCdEFHpPtuUwWX")
# Programs of batch systems and of Java write long names with one dash, where others write a letter and its value at
# once: `-pool` is a name only if it is known, else it is taken for `-p ool`.
_LONG_NAMES = {
    "af", "all", "allusers", "analyze", "any", "attributes", "autoformat", "avail", "brief", "claimed", "collector",
    "compact", "constraint", "cputime", "dag", "debug", "direct", "format", "header", "master", "name", "nobatch",
    "pool", "print", "run", "schedd", "sort", "startd", "state", "statistics", "status", "submitter", "target",
    "total", "totals", "type", "user", "username", "password", "passwd", "pass", "token", "secret", "data", "auth",
    "login", "key", "better-analyze",
}  # fmt: skip

_PLACE = re.compile(r"\$\{(?:env|file|now)[^}${]*\}")
_FIRST_MARK, _LAST_MARK = 0xF0000, 0xFFFFD
_MARK = "\U000f0000-\U000ffffd"
"""Characters that are assigned to nothing: each stands for such a place while a text is taken apart."""
_WORD_OF_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_PLAIN = re.compile(rf"[\w.,/%+~^*:=?&#;@()\[\]{_MARK}-]*")
_NAME = re.compile(r"[\w.+-]+")
_TOKEN = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{20}")
_NAMED = re.compile(r"(?<![\w.-])[\w.-]++(?=[\"'\s]{0,5}[=:])")
_HOST = re.compile(rf"([\w.{_MARK}-]*|\[[0-9a-fA-F:.%]*\])(:[\d{_MARK}]{{0,5}})?")
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*")
_PARAMETER = re.compile(r"[?&#;]?[^?&#;]+|[?&#;]")


def is_secret_name(name: str) -> bool:
    """Whether a setting, an option or a parameter of that name is likely to hold a secret."""
    return bool(_SIGNS.search(name) or name == "code" or not _SECRET_WORDS.isdisjoint(_words_of(name)))


def _words_of(name: str) -> set[str]:
    return {word.lower() for word in _WORD_OF_NAME.findall(name)}


def public_text(text: str) -> str:
    """A command, an address, or a line that may be either, as it may be shown."""
    return _keeping_places(_public_command, text)


def public_address(address: str) -> str:
    """An address as it may be shown, with a scheme or without: no user, no password, no values of secret parameters."""
    return _keeping_places(_public_address, address)


def public_quote(text: str, command: Sequence[str], written: Sequence[str]) -> str:
    """What a command has said as it may be shown: commands like to quote what they were given.

    Args:
        text: what it said.
        command: its words.
        written: the same as they stand in the configuration, with the places of secrets.
    """
    shown_words = public_text(shlex.join(written)).split(" ")[: len(command)]
    for word, shown in zip_longest(command, shown_words, fillvalue=HIDDEN):
        if word != shown and len(word) > _SHORTEST_SECRET:
            text = text.replace(word, shown)
    return " ".join(public_address(word) if "://" in word else word for word in text.split())


def _keeping_places(mask: Callable[[str], str], text: str) -> str:
    """Mask a text but for the places of secrets and times in it, wherever they stand."""
    text = re.sub(f"[{_MARK}]", HIDDEN, text)
    places = _PLACE.findall(text)[: _LAST_MARK - _FIRST_MARK]
    marks = map(chr, range(_FIRST_MARK, _FIRST_MARK + len(places)))
    marked = _PLACE.sub(lambda _: next(marks, HIDDEN), text)
    return re.sub(f"[{_MARK}]", lambda mark: places[ord(mark[0]) - _FIRST_MARK], mask(marked))


def _hidden(text: str) -> str:
    return re.sub(f"[^{_MARK}]+", HIDDEN, text)


def _public_command(text: str) -> str:
    try:
        words = shlex.split(text) if len(text) <= _LONGEST_COMMAND else []
    except ValueError:
        words = []
    if words:
        return " ".join(_public_words(words))
    # What cannot be split may be anything; but which program it is may be said.
    first, *rest = text.split(None, 1) or [""]
    return " ".join((_public_word(first)[0], *map(_hidden, rest)))


def _public_words(words: list[str]) -> Iterator[str]:
    is_hidden = False
    for number, word in enumerate(words):
        if word in ("=", ":"):  # `name = value` is three words
            yield word
            continue
        shown, hides_next = _public_option(word) if word.startswith("-") else _public_word(word)
        # But the option of a program that is named so, such as sshpass, is none.
        yield _hidden(word) if is_hidden and not (number == 1 and word.startswith("-")) else shown
        is_hidden = hides_next  # a hidden word, too, may be an option: that before it may have had no value


def _public_word(word: str) -> tuple[str, bool]:
    """A word as it may be shown, and whether the one after it is its value."""
    name, _, value = word.partition("=" if "=" in word else ":")
    return _public_value(word), not value and "/" not in name and is_secret_name(name)


def _public_option(word: str) -> tuple[str, bool]:
    """An option as it may be shown, and whether the word after it is its value and a secret."""
    name, sign, value = word.partition("=")
    if not name.startswith("--") and name[1:] not in _LONG_NAMES:
        return _public_letters(word)
    if not _NAME.fullmatch(name) or _TOKEN.search(name):
        return HIDDEN, True
    if not _is_carrier(name):
        return f"{name}{sign}{_public_value(value)}", False
    return f"{name}{sign}{_hidden(value)}", not value


def _public_letters(word: str) -> tuple[str, bool]:
    """Letters behind one dash; the value of the last may follow at once, as in ``-uname:password``."""
    for number, letter in enumerate(word):
        if letter in _CARRIER_LETTERS:
            return f"{word[: number + 1]}{_hidden(word[number + 1 :])}", number + 1 == len(word)
    return _public_value(word), False


def _is_carrier(name: str) -> bool:
    return is_secret_name(name) or not _CARRIERS.isdisjoint(_words_of(name))


def _public_value(word: str) -> str:
    """A word of which nothing says what it is: an address, an assignment, or one that is plain."""
    if "://" in word:
        return _public_address(word)
    is_pair = ":" in word and not _HOST.fullmatch(_host(word))  # of a user and his password, or of a header
    return _hidden(word) if is_pair or not _PLAIN.fullmatch(word) else _public_address(word)


def _public_address(address: str) -> str:
    scheme, sign, rest = address.partition("://")
    if not sign or not _SCHEME.fullmatch(scheme):
        return _without_user("", address)
    if _HOST.fullmatch(_host(rest)) and not re.search(r"\s", _authority(rest)):
        return f"{scheme}://{_host(rest)}{_public_parts(rest[len(_authority(rest)) :])}"
    # Its password may hold what ends the part before the path.
    return _without_user(f"{scheme}://", rest)


def _authority(rest: str) -> str:
    """What stands in an address before its path."""
    return re.split("[/?#]", rest, maxsplit=1)[0]


def _host(rest: str) -> str:
    """The host of an address, with its port."""
    return _authority(rest).rpartition("@")[2]


def _without_user(start: str, rest: str) -> str:
    """An address of which nobody knows where its password ends: at the last ``@``, unless that is in a parameter."""
    before, sign, after = rest.rpartition("@")
    if not sign:
        host, colon, port = _authority(rest).partition(":") if start else ("", "", "")
        return f"{start}{host}{colon}{_hidden(port)}{_public_parts(rest[len(host + colon + port) :])}"
    return _hidden(f"{start}{rest}") if "=" in before else f"{start}{_hidden(before)}@{_public_parts(after)}"


def _public_parts(text: str) -> str:
    """A path with its parameters, each judged by its name."""
    shown, is_hidden = [], False
    for part in _PARAMETER.findall(text):
        sign, content = (part[0], part[1:]) if part[0] in "?&#;" else ("", part)
        name, equals, value = content.partition("=")
        # Whatever is not a parameter of its own may belong to the value that it follows.
        if is_hidden and (sign != "&" or not equals):
            shown.append(_hidden(content).replace(HIDDEN, ""))
            continue
        is_hidden = bool(equals) and (is_secret_name(unquote_plus(name)) or _is_suspicious(value))
        shown.append(f"{sign}{name}={_hidden(value)}" if is_hidden else f"{sign}{_public_steps(content, sign)}")
    return "".join(shown)


def _public_steps(path: str, sign: str) -> str:
    # Behind a sign it is no path, and an @ in it may be what is left of a password.
    if sign:
        return _hidden(path) if _is_suspicious(path) else path
    return "/".join(_hidden(step) if _TOKEN.search(step) else step for step in path.split("/"))


def _is_suspicious(value: str) -> bool:
    """Whether the value of a parameter whose name says nothing may hold a secret, such as an address with a login."""
    text = unquote_plus(value)
    return "@" in text or bool(_TOKEN.search(text)) or any(map(is_secret_name, _NAMED.findall(text)))
