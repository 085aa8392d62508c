"""Bytes of others as text, in one place for all modules."""

import codecs
import json
import re
from typing import Any

# The longest first: UTF-32's mark begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NAMED = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
# Quantities are bounded, so that no text of others takes long.
_DECLARED = re.compile(
    rb"""<(?:\?xml\s[^>]{0,200}?encoding|meta\s[^>]{0,400}?charset)\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE
)
_HEAD = 4096
"""Bytes in which a declaration is looked for."""
# "Latin-1" is what browsers take for it. ASCII is often said of what is not: the bytes decide.
_MEANT = {"iso8859-1": "cp1252", "ascii": ""} | dict.fromkeys(
    ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"), ""
)
_ESCAPE = re.compile(r"""\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|\\""")


def decode(body: bytes, content_type: str = "") -> str:
    """A body as text: by its byte-order mark, the header, its own declaration, else as UTF-8, else as Latin-1.

    What is no text becomes U+FFFD.

    Args:
        body: the bytes.
        content_type: the header of that name.
    """
    for mark, marked in _MARKS.items():
        if body.startswith(mark):
            return body.decode(marked, "replace")
    named = _NAMED.search(content_type)
    if charset := (_known(named[1]) if named else "") or _declared(body):
        return body.decode(charset, "replace")
    text = body.decode("utf-8", "replace")
    if "json" in content_type or "\ufffd" not in text:  # JSON is UTF-8, whatever else is wrong with it
        return text
    # A UTF-8 that was cut has one bad place beside many good ones; in Latin-1 hardly a letter is well-formed UTF-8.
    bad = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - bad
    return text if good >= bad else body.decode("cp1252", "replace")


def read_json(body: bytes, content_type: str = "") -> Any:
    """A body as JSON, also with what monitors get wrong in texts: bytes of no charset, tabs, and lone backslashes.

    Raises:
        ValueError, RecursionError: it is none.
    """
    text = decode(body, content_type if _NAMED.search(content_type) else "application/json")
    try:
        return json.loads(text, strict=False)  # not strict about control characters
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Invalid \\"):
            raise
    return json.loads(_ESCAPE.sub(lambda found: found[0] if len(found[0]) > 1 else r"\\", text), strict=False)


def _declared(body: bytes) -> str:
    if body[1:2] == b"\0" != body[:1]:  # the first character of whatever has one is ASCII
        return "utf-16-le"
    if body[:1] == b"\0" != body[1:2]:
        return "utf-16-be"
    start = body[:_HEAD]
    found = _DECLARED.search(start) if start.lstrip().startswith(b"<") else None
    charset = _known(found[1].decode("ascii", "replace")) if found else ""
    # What could be read up to here is none of the others, whatever it says.
    return "utf-8" if charset.startswith(("utf-16", "utf-32")) else charset


def _known(charset: str) -> str:
    """The charset as Python calls it; empty for one that there is not, or that is no charset of texts."""
    try:
        "".encode(charset)
        b"".decode(charset)
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return ""
    return _MEANT.get(name, name)
