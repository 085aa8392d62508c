"""Secrets in settings: ``${env:NAME}`` and ``${file:PATH}`` stand for what is never written down or shown."""

import os
import re
from collections.abc import Callable
from pathlib import Path

_SECRET = re.compile(r"\$\{(env|file):([^{}]+)\}")


def resolve(text: str, root: Path, escape: Callable[[str], str] = str) -> str:
    """``text`` with its secrets filled in; a file's path is relative to ``root``, its last line end is dropped.

    Args:
        text: what stands in the configuration.
        root: the site.
        escape: how a secret is written where it goes: in an address, say, or in JSON.

    Raises:
        ValueError: a variable is not set, or a file cannot be read.
    """

    def fill(match: re.Match[str]) -> str:
        return escape(secret(match))

    def secret(match: re.Match[str]) -> str:
        kind, name = match[1], match[2].strip()
        if kind == "env":
            if name not in os.environ:
                raise ValueError(f"the environment variable {name} is not set")
            return os.environ[name]
        try:
            return (root / name).read_text(encoding="utf-8").rstrip("\r\n")  # editors end files with a line end
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ValueError(f"the secret file {name} cannot be read: {reason}") from error

    return _SECRET.sub(fill, text)


def secret_files(text: str) -> set[str]:
    """The names of the secret files that a text names."""
    return {match[2].strip() for match in _SECRET.finditer(text) if match[1] == "file"}
