"""Round numbers for scales: where their lines stand, and where the steps of a histogram begin."""

import math
from itertools import pairwise

_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


def round_step(low: float, high: float, parts: int) -> float:
    """The least round number that goes from ``low`` to ``high`` in so many parts; 0 where there is none."""
    # Divided first: the difference of very large numbers is none.
    wanted = high / parts - low / parts
    if not 0 < wanted < math.inf:
        return 0.0
    power = 10.0 ** math.floor(math.log10(wanted))
    return next((factor * power for factor in _ROUND if factor * power >= wanted), 0.0)


def ticks(low: float, high: float, parts: int = 3) -> list[float]:
    """Some round numbers from ``low`` to ``high``."""
    step = round_step(low, high, parts)
    if not step or low + step == low:
        return [low]
    first = math.ceil(low / step)
    return [number * step for number in range(first, first + 2 * parts + 1) if number * step <= high]


def histogram_edges(low: float, high: float, bins: int, whole: bool = False) -> list[float]:
    """Where the steps of a histogram begin, and where the last one ends; at least two numbers, growing.

    Args:
        bins: how many steps there are; a negative number for about so many, at round numbers.
        whole: the values are whole numbers, so that no step is narrower than 1.
    """
    if low == high:
        half = abs(low) / 2 if 0 < abs(low) < 1 and not whole else 0.5
        return [low - half, high + half] if low - half < low + half else [low, math.nextafter(low, math.inf)]
    parts = abs(bins)
    step = max(round_step(low, high, parts), 1.0 if whole else 0.0) if bins < 0 else 0.0
    # Else each from both ends, so that very large ones are not added up.
    edges = (
        _round_edges(low, high, step, parts, 0.5 if whole and step == 1 else 0.0)
        if step
        else [low * (1 - part / parts) + high * (part / parts) for part in range(parts + 1)]
    )
    edges[0], edges[-1] = min(edges[0], low), max(edges[-1], high)
    growing = all(before < after for before, after in pairwise(edges))
    return edges if growing else [low, high]


def _round_edges(low: float, high: float, step: float, parts: int, shift: float) -> list[float]:
    """Multiples of a step around the values; ``shift`` is by how much each has its value in its middle."""
    first = math.floor((low + shift) / step)
    numbers = range(first, first + parts + 3)
    edges = [float(f"{number * step - shift:.12g}") for number in numbers]
    last = next((place for place, edge in enumerate(edges) if edge >= high), len(edges) - 1)
    return edges[: max(last, 1) + 1]
