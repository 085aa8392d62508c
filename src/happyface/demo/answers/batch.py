"""The batch system: an HTCondor pool of 8 worker nodes with 64 cores each, and its 8-core pilot jobs."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from happyface.demo.answers.answer import MonitorAnswer, as_json
from happyface.demo.incidents import Kind
from happyface.demo.world import DAY, HOUR, Snapshot

NODES, CORES, JOB_CORES = 8, 64, 8
SLOTS = NODES * CORES // JOB_CORES
_USERS = {"cmspilot": 0.44, "atlaspilot": 0.33, "lhcbpilot": 0.13, "alicesgm": 0.10}
_HELD = {
    Kind.DISK: (12, "Error from schedd: failed to write to spool /var/lib/condor/spool: No space left on device"),
    Kind.POOLS: (13, "Transfer input files failure: file access timed out after 600 s: dcap://dcache-cms.gridka.de"),
}
# HTCondor's own numbers; HoldReasonCode, above, likewise.
_JOB_STATUS = {"queued": 1, "running": 2, "held": 5}


@lru_cache(maxsize=64)
def job_counts(now: Snapshot) -> dict[str, int]:
    """Jobs by state: running, queued and held."""
    slots = _online(now) * CORES // JOB_CORES
    used = 0.95 + 0.04 * now.noise("jobs/running", 3 * HOUR) - 0.3 * now.level(Kind.POOLS, Kind.MAINTENANCE)
    # A scheduler that starts nothing: running jobs end, and what comes queues up.
    used *= 1 - now.level(Kind.BATCH)
    queued = 10 + 10 * now.activity + 5 * now.noise("jobs/queued", 2 * HOUR)
    queued += 35 * now.level(Kind.POOLS, Kind.MAINTENANCE) + 45 * now.level(Kind.BATCH) + 18 * now.level(Kind.COOLING)
    held = 2 + 2 * now.noise("jobs/held", 6 * HOUR) + 8 * now.level(Kind.POOLS) + 20 * _disk_is_full(now)
    return {"running": min(slots, round(slots * used)), "queued": max(0, round(queued)), "held": max(0, round(held))}


def efficiency(now: Snapshot) -> float:
    """The share of their cores that running jobs use."""
    return 0.86 + 0.04 * now.noise("jobs/efficiency", 4 * HOUR) - 0.36 * now.level(Kind.POOLS)


def jobs(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """What ``condor_q -allusers -json -attributes …`` prints."""
    # Thrown once an hour: jobs keep their owners from one look to the next.
    dice = now.ago(now.time % HOUR).random("jobs/owners")
    owners = dice.choices(list(_USERS), list(_USERS.values()), k=250)
    states = (state for state, count in job_counts(now).items() for _ in range(count))
    return as_json([_job(now, number, *job) for number, job in enumerate(zip(owners, states, strict=False))])


def _job(now: Snapshot, number: int, owner: str, state: str) -> dict[str, Any]:
    ad: dict[str, Any] = {"ClusterId": now.time // DAY * 1000 + number, "Owner": owner}
    ad |= {"JobStatus": _JOB_STATUS[state], "RequestCpus": JOB_CORES, "ServerTime": now.time}
    if state == "running":
        wall = (number * 37 % 41 + 1) * 1800 + now.time % 1800
        ad["JobCurrentStartDate"] = now.time - wall
        ad["RemoteUserCpu"] = round(wall * JOB_CORES * (efficiency(now) + (number % 7 - 3) * 0.01))
    elif state == "held":
        kind = Kind.DISK if _disk_is_full(now) else Kind.POOLS
        usual = (3, "The job attribute PeriodicHold expression evaluated to TRUE: it took more than 4000 MB")
        code, reason = _HELD[kind] if now.level(kind) and number % 3 else usual
        ad |= {"HoldReasonCode": code, "HoldReason": reason}
    return ad


def _disk_is_full(now: Snapshot) -> bool:
    return now.level(Kind.DISK) > 0.93


def machines(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """What ``condor_status -json -attributes Name,State,Cpus,PartitionableSlot`` prints."""
    return as_json(list(_slots(now)))


def _slots(now: Snapshot) -> Iterator[dict[str, Any]]:
    busy, online = job_counts(now)["running"] * JOB_CORES, _online(now)
    for node in range(online):
        # Jobs are spread evenly; the first nodes have one more where that does not come out even.
        used = min(CORES, busy // online // JOB_CORES * JOB_CORES + JOB_CORES * (node < busy // JOB_CORES % online))
        # A partitionable slot is what is left of a node; what jobs have taken is a slot beside it.
        name = f"slot1@wn{node + 1:03}.gridka.de"
        state = "Drained" if now.level(Kind.BATCH) > 0.5 else "Unclaimed"
        yield {"Name": name, "State": state, "Cpus": CORES - used, "PartitionableSlot": True}
        if used:
            yield {"Name": name.replace("slot1@", "slot1_1@"), "State": "Claimed", "Cpus": used}


def _online(now: Snapshot) -> int:
    """Worker nodes that work: some are switched off while it is too hot."""
    return NODES - round(4 * now.level(Kind.COOLING)) - (now.noise("nodes/broken", 2 * DAY) > 0.5)


def nodes(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """The worker nodes as the site's own inventory sums them up."""
    online, drained = _online(now), round(NODES * (now.level(Kind.BATCH) > 0.5))
    hot = round(4 * now.level(Kind.COOLING))
    return as_json(
        {
            "site": "FZK-LCG2",
            "nodes": {
                "total": NODES,
                "online": online,
                "drained": min(online, drained),
                "offline": {"broken": NODES - online - hot, "switched_off": hot},
            },
            "load": {"mean": round(job_counts(now)["running"] / SLOTS * CORES * efficiency(now), 1)},
            "cvmfs": {"stratum1": "ok" if not now.level(Kind.NETWORK) else "unreachable"},
        }
    )
