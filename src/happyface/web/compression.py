"""Compressed answers, for those who take them."""

import gzip
import re

LEVEL = 1
"""A fifth of the size for a millisecond; more takes much longer and saves little."""
FILE_LEVEL = 6
"""Browsers keep scripts and styles for a day: what is sent so rarely may take longer."""
LEAST_BYTES = 500
"""What is shorter is sent as it is."""


def compress(body: bytes) -> bytes:
    """A body with gzip."""
    return gzip.compress(body, LEVEL, mtime=0)  # without the time: equal pages are equal bytes


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a request takes gzip, by its header ``Accept-Encoding``."""
    for coding in accept_encoding.lower().split(","):
        name, *parameters = coding.replace(" ", "").split(";")
        if name in ("gzip", "x-gzip"):
            return all(not _REFUSAL.fullmatch(parameter) for parameter in parameters)
    return False


_REFUSAL = re.compile(r"q=0?(\.0*)?")
"""A weight of nothing. What is no weight at all refuses nothing."""
