"""How old a run is, and when that is too old: pages, ``/healthz`` and ``status`` ask here."""

from datetime import datetime, timedelta

from happyface.model.views import RunView


def age_of(run: RunView, now: datetime) -> timedelta:
    """How long ago a run was; never negative, also where a clock once ran ahead."""
    return max(now - run.time, timedelta(0))


def is_stale(run: RunView, now: datetime, stale_after: timedelta) -> bool:
    """Whether a run is older than a site allows: acquisition seems to have stopped."""
    return age_of(run, now) > stale_after
