"""What the grid says of the site: tests, accounting, readiness and tickets."""

from collections.abc import Mapping
from datetime import UTC, datetime

from happyface.demo.answers.answer import MonitorAnswer, as_json, as_page
from happyface.demo.incidents import Kind
from happyface.demo.world import DAY, HOUR, Snapshot

_STORAGE = "dcache-cms-srm.gridka.de"
_TESTS = {
    (_STORAGE, "SRM"): ("org.cms.SRM-VOPut", "org.cms.SRM-VOGet", "org.cms.SRM-GetPFNFromTFC"),
    (_STORAGE, "XROOTD"): ("org.cms.SE-xrootd-connection", "org.cms.SE-xrootd-read"),
    ("htcondor-ce-1.gridka.de", "HTCONDOR-CE"): ("org.sam.CONDOR-JobSubmit", "org.cms.WN-basic", "org.cms.WN-cvmfs"),
    ("htcondor-ce-2.gridka.de", "HTCONDOR-CE"): ("org.sam.CONDOR-JobSubmit", "org.cms.WN-basic", "org.cms.WN-cvmfs"),
}
_BREAKS = {
    Kind.POOLS: ("org.cms.SRM-VOPut", "org.cms.SRM-VOGet"),
    Kind.BATCH: ("org.sam.CONDOR-JobSubmit",),
    Kind.MAINTENANCE: ("org.cms.SRM-VOPut", "org.cms.SRM-VOGet", "org.cms.SE-xrootd-connection"),
}


def sam(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """The newest results of the WLCG's tests."""
    broken = {metric for kind, metrics in _BREAKS.items() if now.level(kind) > 0.3 for metric in metrics}
    rows = [
        {
            "dst_hostname": host,
            "service_flavour": flavour,
            "metric_name": metric,
            "status": "CRITICAL" if metric in broken else _usual(now, host, metric),
            "vo": "cms",
            "timestamp": datetime.fromtimestamp(now.time - 900, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for (host, flavour), metrics in _TESTS.items()
        for metric in metrics
    ]
    return as_json({"data": rows})


def _usual(now: Snapshot, host: str, metric: str) -> str:
    """Now and then a test of an afternoon ends with a warning, all by itself."""
    return "WARNING" if now.noise(f"sam/{host}/{metric}", 3 * HOUR) > 0.985 else "OK"


def apel(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """EGI's synchronisation page: the site publishes each night, unless it is stuck."""
    # Four days back: accounting is stuck for about three.
    stuck = [
        incident
        for incident in now.recent(4)
        if incident.kind is Kind.ACCOUNTING and incident.begin <= now.time < incident.end
    ]
    published = min([now.time, *(incident.begin for incident in stuck)]) // DAY * DAY + 4 * HOUR
    # Published at four each night: before that, it was yesterday's.
    published -= DAY if published > now.time else 0
    local = 41_000_000 + now.time // DAY * 1150 % 10**7
    central = local - max(0, (now.time - published) // HOUR) * 900
    row = f"<td>FZK-LCG2</td><td>{datetime.fromtimestamp(published, UTC):%Y-%m-%d %H:%M:%S}</td>"
    row += f"<td>{local}</td><td>{central}</td>"
    head = "<th>Site</th><th>Last published</th><th>Records in local database</th><th>Records in central database</th>"
    return as_page("APEL synchronisation", f"<table><tr>{head}</tr><tr>{row}</tr></table>")


def readiness(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """How ready the experiment finds the site: it looks at the last day."""
    hours = [now.ago(hour * HOUR).level(Kind.POOLS, Kind.BATCH, Kind.MAINTENANCE, Kind.NETWORK) for hour in range(24)]
    value = round(0.98 - 0.35 * sum(hours) / len(hours) + 0.015 * now.noise("readiness", DAY), 3)
    status = "ok" if value > 0.9 else "warning" if value > 0.8 else "error"
    detail = "all tests" if status == "ok" else "SAM tests and transfers of the last day"
    return as_json([{"name": "T1_DE_KIT", "status": status, "value": value, "detail": detail}])


def tickets(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """Open tickets of the site in the helpdesk, the newest first."""
    found = [
        {
            "id": 160_000 + incident.begin // HOUR % 9000,
            "subject": f"T1_DE_KIT: {incident.kind.value}",
            "priority": "urgent"
            if incident.kind in (Kind.POOLS, Kind.BATCH) and now.time < incident.end
            else "less urgent",
            "state": "in progress" if now.time > incident.begin + 2 * HOUR else "assigned",
            "age": now.time - incident.begin,
        }
        for incident in reversed(now.recent(2.5))
        if incident.kind in (Kind.POOLS, Kind.BATCH, Kind.REMOTE) and now.time > incident.begin + HOUR
    ]
    counted = {"open": len(found), "urgent": sum(ticket["priority"] == "urgent" for ticket in found)}
    return as_json({**counted, "oldest": max((ticket["age"] for ticket in found), default=0), "tickets": found})
