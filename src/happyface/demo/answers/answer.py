"""An answer of the simulated site, and the forms in which it comes."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MonitorAnswer:
    """An HTTP answer. ``seconds`` is how long the server thinks about it."""

    body: bytes
    content_type: str
    status: int = 200
    seconds: float = 0.0


def as_json(value: Any, status: int = 200) -> MonitorAnswer:
    """A value as JSON."""
    return MonitorAnswer(json.dumps(value).encode(), "application/json", status)


def as_xml(text: str) -> MonitorAnswer:
    """A text of XML."""
    return MonitorAnswer(text.encode(), "text/xml; charset=utf-8")


def as_page(title: str, content: str, status: int = 200, seconds: float = 0.0) -> MonitorAnswer:
    """A web page."""
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><h1>{title}</h1>\n{content}\n</body></html>\n"
    )
    return MonitorAnswer(page.encode(), "text/html; charset=utf-8", status, seconds)
