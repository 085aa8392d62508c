"""What others have said, as it is quoted in a sentence: on one line, and not too long."""

from happyface.contract.columns import storable

LONGEST_SENTENCE = 500
"""Characters of a sentence about an instance or a source; the rest of a longer one is in the log."""
_LOOKED_AT = 20
"""Times the length wanted: blanks make a text shorter, but nobody splits 100 MB for a line."""


def shortened(text: str, limit: int = LONGEST_SENTENCE) -> str:
    """A text of so many characters at most, with an ellipsis where it was cut."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def one_line(text: str, limit: int = LONGEST_SENTENCE) -> str:
    """A text of others on one line, of so many characters at most, and such that every database takes it."""
    return shortened(storable(" ".join(text[: _LOOKED_AT * limit].split())), limit)
