"""Files that instances keep with their values: images above all."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class File:
    """A file that an instance keeps with its values: an image, above all.

    Attributes:
        path: where it is now; its content is taken when the instance has been read.
        name: its name in the archive, with an ending for its type.
    """

    path: Path
    name: str

    @classmethod
    def of(cls, data: bytes | str, name: str) -> Self:
        """A file with this content: ``File.of(svg, "doors.svg")``."""
        handle, path = tempfile.mkstemp(prefix="happyface-")
        with os.fdopen(handle, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
        return cls(Path(path), name)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of its content, in hexadecimal digits."""
        with self.path.open("rb") as body:
            return hashlib.file_digest(body, "sha256").hexdigest()
