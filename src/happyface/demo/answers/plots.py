"""Plots that other monitors draw: curves of the last day, as SVG."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from happyface.demo.answers import batch, infrastructure, storage, transfers
from happyface.demo.answers.answer import MonitorAnswer
from happyface.demo.world import HOUR, ZONE, Snapshot

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 320, 48, 24, 34, 28
_SPAN, _STEP = 24 * HOUR, HOUR // 2
_COLOURS = ("#1f5fa8", "#d9822b", "#4a8f4a")

Curve = Callable[[Snapshot], float]


def _plot(title: str, unit: str, curves: Mapping[str, Curve]) -> Callable[[Snapshot, Mapping[str, str]], MonitorAnswer]:
    def draw(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
        moments = [now.ago(seconds) for seconds in range(_SPAN, -1, -_STEP)]
        values = {name: [_value(curve, moment) for moment in moments] for name, curve in curves.items()}
        return MonitorAnswer(_drawn(now, f"{title} [{unit}]", values).encode(), "image/svg+xml")

    return draw


@lru_cache(maxsize=4096)
def _value(curve: Curve, moment: Snapshot) -> float:
    """A point of a curve, which the next plots have, too."""
    return curve(moment)


PLOTS = {
    "jobs": _plot(
        "Jobs",
        "pilots",
        {
            "running": lambda now: batch.job_counts(now)["running"],
            "queued": lambda now: batch.job_counts(now)["queued"],
            "held": lambda now: batch.job_counts(now)["held"],
        },
    ),
    "phedex-rate": _plot(
        "Transfer rate, production",
        "MB/s",
        {
            "to T1_DE_KIT": lambda now: transfers.transfer_rate(now, False),
            "from T1_DE_KIT": lambda now: transfers.transfer_rate(now, True),
        },
    ),
    "phedex-quality-to": _plot(
        "Quality of test transfers to T1_DE_KIT", "%", {"successful": lambda now: 100 * transfers.quality(now, False)}
    ),
    "phedex-quality-from": _plot(
        "Quality of test transfers from T1_DE_KIT", "%", {"successful": lambda now: 100 * transfers.quality(now, True)}
    ),
    "pool-space": _plot(
        "Free space",
        "%",
        {
            "cms-disk": lambda now: 100 * storage.free_share(now, "cms-disk"),
            "cms-tape": lambda now: 100 * storage.free_share(now, "cms-tape"),
        },
    ),
    "power": _plot("Power of all machines", "kW", {"total": infrastructure.power}),
    "wan": _plot(
        "Link to the outside",
        "Gbit/s",
        {
            "in": lambda now: infrastructure.traffic(now, True),
            "out": lambda now: infrastructure.traffic(now, False),
        },
    ),
}


def _drawn(now: Snapshot, title: str, curves: Mapping[str, list[float]]) -> str:
    top = _round_up(max(max(values) for values in curves.values()))
    parts = [_frame(title), *_scale(top), *_hours(now)]
    for (name, values), colour, place in zip(curves.items(), _COLOURS, range(3), strict=False):
        points = " ".join(
            f"{_x(part / (len(values) - 1)):.0f},{_y(value / top):.0f}" for part, value in enumerate(values)
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(_text(_WIDTH - _RIGHT - 110 * place, 18, name, "end", colour))
    return "".join([*parts, "</svg>"])


def _frame(title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" font-family="sans-serif" font-size="12"><title>{title}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>{_text(_LEFT, 18, title)}'
    )


def _scale(top: float) -> list[str]:
    lines = []
    for part in range(5):  # five lines: nought, quarters and the top
        y = _y(part / 4)
        lines.append(f'<path d="M{_LEFT} {y:.0f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        lines.append(_text(_LEFT - 6, round(y + 4), f"{top * part / 4:g}", "end"))
    return lines


def _hours(now: Snapshot) -> list[str]:
    start = now.time - _SPAN
    # Every fourth full hour; none at the right end, where its text would be cut off.
    full = range(start // (4 * HOUR) * 4 * HOUR + 4 * HOUR, now.time - HOUR // 2, 4 * HOUR)
    return [
        _text(round(_x((time - start) / _SPAN)), _HEIGHT - 8, f"{datetime.fromtimestamp(time, ZONE):%H:%M}", "middle")
        for time in full
    ]


def _text(x: int, y: int, text: str, anchor: str = "start", colour: str = "#333") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{text}</text>'


def _x(part: float) -> float:
    return _LEFT + part * (_WIDTH - _LEFT - _RIGHT)


def _y(part: float) -> float:
    return _HEIGHT - _BOTTOM - part * (_HEIGHT - _TOP - _BOTTOM)


def _round_up(value: float) -> float:
    """The next number that divides well into four."""
    step = 4.0
    while value > step:
        step *= 2 if value <= step * 2 else 2.5 if value <= step * 2.5 else 5
    return step
