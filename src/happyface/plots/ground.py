"""What lies behind the curves: the status of an instance as a coloured ground, and its changes as markers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from happyface.contract.states import Face, face, worst
from happyface.model.series import Span, StatusPiece

MOST_PIECES, MOST_MARKERS = 500, 100
"""A picture can show no more, and a page must not grow with what an instance did in years."""


@dataclass(frozen=True)
class Ground:
    """A time in which an instance wore one face: seconds since 1970, UTC."""

    begin: int
    end: int
    face: Face


@dataclass(frozen=True)
class Marker:
    """A moment in which an instance changed its face, what to, and why."""

    time: int
    face: Face
    instance: str
    title: str
    sentence: str


def paint_ground(pieces: Sequence[StatusPiece], span: Span) -> tuple[Ground, ...]:
    """The pieces of one face each; where they are too many to be seen, the worst of each part of the span."""
    inside = [
        Ground(max(piece.begin, span.begin), min(piece.end, span.end), face(piece.status))
        for piece in pieces
        if piece.begin < span.end and piece.end > span.begin
    ]
    merged = _merged(inside)
    return merged if len(merged) <= MOST_PIECES else _merged(_worst_of_slots(pieces, span))


def _merged(pieces: Sequence[Ground]) -> tuple[Ground, ...]:
    found: list[Ground] = []
    for piece in pieces:
        if found and found[-1].face == piece.face and found[-1].end >= piece.begin:
            found[-1] = replace(found[-1], end=piece.end)
        else:
            found.append(piece)
    return tuple(found)


def _worst_of_slots(pieces: Sequence[StatusPiece], span: Span) -> list[Ground]:
    width = -(-(span.end - span.begin) // MOST_PIECES)
    statuses: dict[int, list[float]] = {}
    for piece in pieces:
        first = (max(piece.begin, span.begin) - span.begin) // width
        last = (min(piece.end, span.end) - 1 - span.begin) // width
        for slot in range(first, last + 1):
            statuses.setdefault(slot, []).append(piece.status)
    return [
        Ground(span.begin + slot * width, min(span.begin + (slot + 1) * width, span.end), face(worst(found)))
        for slot, found in sorted(statuses.items())
    ]


def mark_changes(pieces: Sequence[StatusPiece], span: Span, instance: str, title: str) -> tuple[Marker, ...]:
    """The changes of the face of an instance, the newest hundred of them."""
    found = [
        Marker(piece.begin, face(piece.status), instance, title, piece.sentence)
        for before, piece in pairwise(pieces)
        if face(before.status) != face(piece.status) and span.begin <= piece.begin <= span.end
    ]
    return tuple(found[-MOST_MARKERS:])
