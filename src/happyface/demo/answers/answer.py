"""An answer of the simulated site, and the forms in which it comes."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. ``seconds`` is how long the server thinks about it."""

    body: bytes
    content_type: str
    status: int = 200
    seconds: float = 0.0


def as_json(value: Any, status: int = 200) -> Answer:
    """A value as JSON."""
    return Answer(json.dumps(value).encode(), "application/json", status)


def as_xml(text: str) -> Answer:
    """A text of XML."""
    return Answer(text.encode(), "text/xml; charset=utf-8")


def as_page(title: str, content: str, status: int = 200, seconds: float = 0.0) -> Answer:
    """A web page."""
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><h1>{title}</h1>\n{content}\n</body></html>\n"
    )
    return Answer(page.encode(), "text/html; charset=utf-8", status, seconds)
