"""The colours of images: those of the page's ``tokens.css``, light and dark."""

from collections.abc import Mapping
from dataclasses import dataclass

from happyface.contract.states import Face


@dataclass(frozen=True)
class Colours:
    """What is painted in what.

    Attributes:
        faces: of lines and markers, by the face.
        grounds: behind the curves, by the face; a face that is not there leaves the sheet as it is.
        curves: in their order; none of them is that of a face.
    """

    sheet: str
    line: str
    ink: str
    muted: str
    faces: Mapping[Face, str]
    grounds: Mapping[Face, str]
    curves: tuple[str, ...]


LIGHT = Colours(
    sheet="#ffffff",
    line="#d9dfe6",
    ink="#1a2430",
    muted="#566370",
    faces={"happy": "#23894f", "neutral": "#b37d00", "unhappy": "#cf3838", "noinfo": "#75818e"},
    grounds={"neutral": "#fdf5dd", "unhappy": "#fcebeb", "noinfo": "#f4f6f8"},
    curves=("#0f56a8", "#b5480a", "#00786b", "#8a3ea8", "#7a5c00", "#a3195b", "#3f6212", "#4a5568"),
)
DARK = Colours(
    sheet="#1a2129",
    line="#303a45",
    ink="#e9eef3",
    muted="#a5b0bc",
    faces={"happy": "#35a369", "neutral": "#e3a008", "unhappy": "#e25353", "noinfo": "#94a0ac"},
    grounds={"neutral": "#372c10", "unhappy": "#3f1f21", "noinfo": "#10151b"},
    curves=("#8abcf7", "#f5a25d", "#5fd3bc", "#d4a3f0", "#e0c35a", "#f58bb0", "#a6d06a", "#b8c2cc"),
)
