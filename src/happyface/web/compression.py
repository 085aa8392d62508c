"""Compressed answers, for those who take them."""

import gzip

LEVEL = 1
"""A fifth of the size for a millisecond; more takes much longer and saves little."""
LEAST_BYTES = 500
"""What is shorter is sent as it is."""


def compress(body: bytes) -> bytes:
    """A body with gzip."""
    return gzip.compress(body, LEVEL, mtime=0)  # without the time: equal pages are equal bytes


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a request takes gzip, by its header ``Accept-Encoding``."""
    for coding in accept_encoding.lower().split(","):
        name, _, weight = coding.replace(" ", "").partition(";q=")
        if name == "gzip":
            return weight.strip("0.") != "" if weight else True
    return False
