"""HappyFace's faces: the word of each, how a page draws it, and which one the whole site has."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from happyface.contract import states
from happyface.contract.states import Face
from happyface.model.views import CategoryView

WORDS: dict[Face, str] = {
    "happy": "happy",
    "neutral": "neutral",
    "unhappy": "unhappy",
    "noinfo": "no information",
    "avail_plot": "available",
    "unavail_plot": "not available",
}


@cache
def sprite() -> Markup:
    """The drawings of all faces, once for a page, to be pointed to by :func:`draw_face`."""
    symbols = "".join(_symbol(face) for face in WORDS)
    return Markup(f'<svg class="sprite" width="0" height="0" aria-hidden="true">{symbols}</svg>')  # noqa: S704 - ours


def _symbol(face: Face) -> str:
    """The file of a face is a picture of its own, for the browser's tab; its inside is what pages draw."""
    text = (files("happyface.web") / "static" / "faces" / f"{face}.svg").read_text(encoding="utf-8")
    inside = text[text.index(">") + 1 : text.rindex("</svg>")]
    return f'<symbol id="face-{face}" viewBox="0 0 32 32">{inside}</symbol>'


# A page has hundreds of faces, and there are only some dozen different ones.
@cache
def draw_face(face: Face, word: str | None = None) -> Markup:
    """A face with its word for screen readers; an empty ``word`` where the word stands beside it."""
    label = WORDS[face] if word is None else word
    spoken = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="face {}" width="32" height="32" viewBox="0 0 32 32" {}><use href="#face-{}"/></svg>'
    ).format(face, spoken, face)


def site_face(categories: Sequence[CategoryView]) -> Face:
    """The face of the whole site: its worst category's. What is not rated counts only where nothing is rated."""
    rated = [category.status for category in categories if category.outline.type == "rated"]
    plots = [category.status for category in categories if category.outline.type == "plots"]
    return states.face(states.worst(rated or plots))
