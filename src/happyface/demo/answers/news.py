"""News feeds: what the site announces, and what the WLCG does."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from happyface.demo.answers.answer import MonitorAnswer
from happyface.demo.incidents import Incident, Kind
from happyface.demo.world import DAY, HOUR, Snapshot

_Item = tuple[int, str, str]
"""When it was published, its title, and its text."""

_REPORTS = {
    Kind.POOLS: ("Three CMS disk pools unavailable", "A RAID controller of f01-032 has failed. We work on it."),
    Kind.BATCH: ("No new jobs start", "The scheduler of the batch system has been drained after a crash."),
    Kind.COOLING: ("Reduced batch capacity", "A chiller has failed; some worker nodes are switched off."),
    Kind.NETWORK: ("The link to the outside is down", "Our provider works on it; local jobs are not affected."),
}
_USUAL = (
    ("Minutes of the operations meeting", "Are in the wiki as usual."),
    ("New worker nodes", "8 nodes with 64 cores each have been installed and are being burnt in."),
    ("Tape library", "The second robot arm has been exchanged; recalls are at full speed."),
    ("Reminder: certificates", "Host certificates of the doors end next month; new ones are ordered."),
)
_WLCG = (
    ("WLCG operations coordination", "The next meeting is on Thursday at 15:30 CET."),
    ("HEPiX benchmark: new release", "Sites are asked to run it on new hardware."),
    ("Token transition", "Storage endpoints should accept tokens by the end of the quarter."),
    ("CRAB: new version", "The servers are upgraded one after another; no interruption is expected."),
)


def gridka(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """The site's own news: trouble, announced downtimes, and everyday things."""
    items = [item for incident in now.recent(3) if (item := _report(incident)) and item[0] <= now.time]
    items += [_announcement(incident) for incident in _announced(now)]
    items += [(time, *_USUAL[time // DAY // 3 % len(_USUAL)]) for time in _every(now, 3 * DAY, 9 * HOUR)]
    return _feed("GridKa news", sorted(items, reverse=True)[:6])


def wlcg(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """The WLCG's broadcasts."""
    items = [(time, *_WLCG[time // DAY // 4 % len(_WLCG)]) for time in _every(now, 4 * DAY, 14 * HOUR)]
    return _feed("WLCG broadcasts", items)


def _report(incident: Incident) -> _Item | None:
    text = _REPORTS.get(incident.kind)
    # Somebody has to notice first, and write it.
    return (incident.begin + HOUR, *text) if text else None


def _announced(now: Snapshot) -> list[Incident]:
    """Downtimes that begin within a day, or are under way."""
    # The world of tomorrow is known already, so downtimes can be announced.
    soon = now.world.at(now.time + DAY).recent(1)
    return [incident for incident in soon if incident.kind is Kind.MAINTENANCE and incident.end > now.time]


def _announcement(incident: Incident) -> _Item:
    day = f"{datetime.fromtimestamp(incident.begin, UTC):%A, %H:%M UTC}"
    return incident.begin - DAY, f"Scheduled downtime of dCache: {day}", "dCache is upgraded; jobs may fail."


def _every(now: Snapshot, period: int, offset: int) -> Iterator[int]:
    newest = (now.time - offset) // period * period + offset
    return (newest - back * period for back in range(4))


def _feed(title: str, items: list[_Item]) -> MonitorAnswer:
    entries = "".join(
        f"<item><title>{escape(name)}</title><description>{escape(text)}</description>"
        f"<pubDate>{format_datetime(datetime.fromtimestamp(time, UTC))}</pubDate></item>"
        for time, name, text in items
    )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{entries}</channel></rss>'
    return MonitorAnswer(feed.encode(), "application/rss+xml; charset=utf-8")
