"""The mass storage: dCache's pools, doors and queues."""

from collections.abc import Iterator, Mapping

from happyface.demo.answers.answer import MonitorAnswer, as_page, as_xml
from happyface.demo.answers.promql import Queries, answered
from happyface.demo.incidents import Kind
from happyface.demo.world import DAY, HOUR, Snapshot

_TB = 10**12
_GROUPS = {"cms-disk": (9, 400 * _TB), "cms-tape": (4, 120 * _TB)}
"""Pool groups: how many pools, and how large each is."""
OFFLINE = ("f01-032-108", "f01-032-109", "f01-032-110")
"""The pools of one file server: when its controller fails, all of them are gone."""


def free_share(now: Snapshot, group: str) -> float:
    """The share of a pool group that is free: disks fill up over a week and are cleaned up at its end."""
    # Weeks begin on Monday; 1970 began on a Thursday, three days into one.
    week = (now.time / DAY + 3) % 7 / 7
    if group == "cms-disk":
        return 0.31 - 0.09 * week + 0.015 * now.noise(f"free/{group}", 12 * HOUR)
    return 0.42 + 0.12 * now.noise(f"free/{group}", 8 * HOUR)


def pools(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """What dCache's info service tells of all pools."""
    found = "".join(pool for group in _GROUPS for pool in _pools(now, group))
    return as_xml(f'<dCache xmlns="http://www.dcache.org/2008/01/Info"><pools>{found}</pools></dCache>')


def _pools(now: Snapshot, group: str) -> Iterator[str]:
    count, total = _GROUPS[group]
    share = free_share(now, group)
    first = 105 if group == "cms-disk" else 120
    for number in range(first, first + count):
        name = f"f01-032-{number}"
        free = round(total * max(0.002, share + 0.05 * now.noise(f"free/{name}", 3 * DAY)))
        precious = total // 50 if group == "cms-tape" else 0
        enabled = not (name in OFFLINE and now.level(Kind.POOLS)) and not now.level(Kind.MAINTENANCE)
        sizes = {"total": total, "free": free, "removable": (total - free) // 12, "precious": precious}
        metrics = "".join(f'<metric name="{key}" type="integer">{size}</metric>' for key, size in sizes.items())
        yield (
            f'<pool name="{name}"><metric name="enabled" type="boolean">{str(enabled).lower()}</metric>'
            f'<poolgroups><poolgroupref name="{group}"/></poolgroups><space>{metrics}</space></pool>'
        )


def movers(now: Snapshot) -> dict[str, tuple[float, float]]:
    """Active and queued movers by kind."""
    busy = now.activity + 0.15 * now.noise("movers", HOUR)
    stuck, closed = now.level(Kind.POOLS), 1 - now.level(Kind.MAINTENANCE)
    return {
        "xrootd": (round(420 * busy * closed), round(8 + 6 * now.noise("movers/xrootd") + 160 * stuck)),
        "webdav": (round(180 * busy * closed), round(4 + 3 * now.noise("movers/webdav") + 60 * stuck)),
        "restore": (round(60 * busy * closed), round(20 + 12 * now.noise("movers/restore", 3 * HOUR) + 280 * stuck)),
    }


_QUERIES: Queries = {
    "dcache_movers_active": lambda now: [({"queue": name}, counts[0]) for name, counts in movers(now).items()],
    "dcache_movers_queued": lambda now: [({"queue": name}, counts[1]) for name, counts in movers(now).items()],
}


def storage_metrics(now: Snapshot, query: Mapping[str, str]) -> MonitorAnswer:
    """The storage's own Prometheus server."""
    return answered(now, query.get("query", ""), _QUERIES)


def door(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """A door's own page, which is there when the door is."""
    if now.level(Kind.MAINTENANCE):
        return as_page("Scheduled downtime", "<p>dCache is being upgraded. See the GOCDB.</p>", 503)
    seconds = 0.05 + 0.02 * now.noise("door") + 0.6 * now.level(Kind.POOLS)
    return as_page("dCache", "<p>This door is open.</p>", 200, seconds)
