"""A Sphinx extension: blocks of ``{from-code}`` become what ``facts.py`` makes of the code, before they are parsed."""

from typing import Any

import facts
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", _expand)
    app.connect("env-get-outdated", _outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _expand(app: Sphinx, name: str, source: list[str]) -> None:
    source[0] = facts.expanded(source[0])


def _outdated(app: Sphinx, env: BuildEnvironment, *_: Any) -> list[str]:
    """Pages with such blocks are read anew in every build: the code may have changed."""
    return [name for name in env.found_docs if facts.is_from_code(env.doc2path(name).read_text(encoding="utf-8"))]
