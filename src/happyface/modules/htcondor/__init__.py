"""HTCondor: jobs and slots, from ``condor_q -json`` and ``condor_status -json``."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from happyface import Above, Below, Fetched, Field, Module, Result, Share, Source, SourceError, column
from happyface.kit import named

_STATES = {
    1: "queued",
    2: "running",
    3: "removed",
    4: "completed",
    5: "held",
    6: "transferring",
    7: "suspended",
}
_LIVING = ("queued", "running", "held", "transferring", "suspended")

Key = TypeVar("Key")
Ad = Mapping[str, Any]
"""A ClassAd. Attributes without a value are left out; those that are expressions are texts ``/Expr(…)/``."""


class HTCondor(Module):
    """Jobs of an HTCondor pool by state and user, how well they use their cores, and the pool's slots."""

    class Config(Module.Config):
        jobs: Source = Field(
            description="`command:condor_q -allusers -json -attributes Owner,JobStatus,RequestCpus,RemoteUserCpu,"
            "JobCurrentStartDate,ServerTime,HoldReason,HoldReasonCode`"
        )
        machines: Source | None = Field(
            None, description="`command:condor_status -json -attributes Name,State,Cpus,PartitionableSlot`"
        )
        min_jobs: int = Field(10, ge=0, description="of fewer jobs, the share that is held says nothing")

    class Data(Module.Data):
        running: int = column("Running", main=True)
        queued: int = column("Queued", description="idle, in HTCondor's words")
        held: int = column("Held")
        suspended: int
        transferring: int = column("Transferring output")
        removed: int = column("Removed, not yet gone")
        completed: int = column("Completed, not yet gone")
        held_share: Share | None = column("Share held", limits=Above(warning=0.2, critical=0.5))
        efficiency: Share | None = column("CPU efficiency", description="of the running jobs that have reported yet")
        requested_cores: int | None = column("Cores of running jobs")
        cores: int | None = column("Cores", limits=Below(critical=0), description="of all slots")
        cores_claimed: int | None = column("Cores claimed")
        cores_free: int | None = column("Cores free", description="of unclaimed slots")
        claimed_share: Share | None = column("Share claimed")

    class User(Module.Row, key="user", counts=True):
        """Users"""

        user: str
        running: int
        queued: int
        held: int
        suspended: int
        efficiency: Share | None = column("CPU efficiency")

    class HoldReason(Module.Row):
        """Why jobs are held"""

        code: int | None
        jobs: int
        users: str
        reason: str = column(description="of one of them")

    class Slot(Module.Row, key="state"):
        """Slots by state"""

        state: str
        slots: int
        cores: int | None

    config: Config

    def extract(self, jobs: Fetched, machines: Fetched | None = None) -> Result:
        queue = _ads(jobs, "JobStatus")
        slots = None if machines is None else _ads(machines, "State")
        data = self.Data.model_validate({**_job_values(queue, self.config.min_jobs), **_slot_values(slots)})
        users = self._users(queue)
        # no jobs, or too few to be rated: that is known, and no trouble
        status = None if any(self.status_of(each) >= 0 for each in (data, *users)) else 1.0
        rows = (users, self._hold_reasons(queue), self._slots(slots or []))
        return Result(data, *rows, sentence=_sentence(queue), status=status)

    def _users(self, queue: Sequence[Ad]) -> list[User]:
        names = ("running", "queued", "held", "suspended")
        users = []
        for user, jobs in sorted(_grouped(queue, _owner).items()):
            states = Counter(map(_state, jobs))
            counts = {name: states[name] for name in names}
            users.append(self.User(user=user, efficiency=_efficiency(jobs), **counts))
        return users

    def _hold_reasons(self, queue: Sequence[Ad]) -> list[HoldReason]:
        held = [job for job in queue if _state(job) == "held"]
        return [
            self.HoldReason(
                code=code,
                jobs=len(jobs),
                users=", ".join(sorted({_owner(job) for job in jobs})),
                reason=str(jobs[-1].get("HoldReason") or ""),
            )
            for code, jobs in _grouped(held, lambda job: _whole(job, "HoldReasonCode")).items()
        ]

    def _slots(self, slots: Sequence[Ad]) -> list[Slot]:
        return [
            self.Slot(state=state, slots=sum(map(_is_slot, ads)), cores=_sum(ads, "Cpus"))
            for state, ads in sorted(_grouped(slots, lambda slot: str(slot["State"])).items())
        ]


def _ads(source: Fetched, needed: str) -> list[Ad]:
    """The ClassAds of an answer, each with the ``needed`` attribute. No ad at all is printed as nothing at all."""
    if not source.content().strip():
        return []
    ads = source.json()
    if not isinstance(ads, list) or not all(isinstance(ad, dict) for ad in ads):
        raise SourceError(f"{source.url} is JSON, but no list of ClassAds; HTCondor's tools print one with -json")
    without = [ad for ad in ads if needed not in ad]
    if without:
        raise SourceError(f"{len(without)} of {len(ads)} ClassAds of {source.url} have no {needed}")
    return ads


def _state(job: Ad) -> str:
    return _STATES.get(job["JobStatus"], "") if isinstance(job["JobStatus"], int) else ""


def _owner(job: Ad) -> str:
    return str(job.get("Owner") or job.get("User") or "(no owner)")


def _grouped(ads: Iterable[Ad], key: Callable[[Ad], Key]) -> dict[Key, list[Ad]]:
    groups: dict[Key, list[Ad]] = {}
    for ad in ads:
        groups.setdefault(key(ad), []).append(ad)
    return groups


def _number(ad: Ad, name: str) -> float | None:
    """An attribute that is a number; an expression is none."""
    value = ad.get(name)
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if known else None


def _whole(ad: Ad, name: str) -> int | None:
    value = _number(ad, name)
    return None if value is None else int(value)


def _sum(ads: Iterable[Ad], name: str) -> int | None:
    """The sum of an attribute; None when one of the ads does not tell it."""
    values = [_whole(ad, name) for ad in ads]
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _job_values(queue: Sequence[Ad], min_jobs: int) -> dict[str, float | None]:
    states = Counter(map(_state, queue))
    living = sum(states[name] for name in _LIVING)
    running = [job for job in queue if _state(job) == "running"]
    return {name: states[name] for name in _STATES.values()} | {
        "held_share": states["held"] / living if living and living >= min_jobs else None,
        "efficiency": _efficiency(running),
        "requested_cores": _sum(running, "RequestCpus"),
    }


def _efficiency(jobs: Iterable[Ad]) -> float | None:
    """CPU time by the time that running jobs have had their cores; None where none of them tells."""
    used = [pair for job in jobs if _state(job) == "running" and (pair := _used(job))]
    available = sum(core_seconds for _, core_seconds in used)
    return sum(cpu for cpu, _ in used) / available if available else None


def _used(job: Ad) -> tuple[float, float] | None:
    """CPU seconds and core seconds of a running job; None before its first update, five minutes after its start."""
    cpu, cores = _number(job, "RemoteUserCpu"), _number(job, "RequestCpus")
    now, start = _number(job, "ServerTime"), _number(job, "JobCurrentStartDate")
    if not cpu or not cores or now is None or start is None or now <= start:
        return None
    return cpu, (now - start) * cores


def _slot_values(slots: Sequence[Ad] | None) -> dict[str, float | None]:
    """Cores by state. A partitionable slot's ``Cpus`` are those not yet given to its children, which are slots, too."""
    if slots is None:
        return {"cores": None, "cores_claimed": None, "cores_free": None, "claimed_share": None}
    cores = _sum(slots, "Cpus")
    claimed = _sum([slot for slot in slots if slot["State"] == "Claimed"], "Cpus")
    free = _sum([slot for slot in slots if slot["State"] == "Unclaimed"], "Cpus")
    share = claimed / cores if cores and claimed is not None else None
    return {"cores": cores, "cores_claimed": claimed, "cores_free": free, "claimed_share": share}


def _is_slot(ad: Ad) -> bool:
    """Whether it is a place for jobs: a partitionable slot without cores has given all to its children."""
    return not ad.get("PartitionableSlot") or _whole(ad, "Cpus") != 0


def _sentence(queue: Sequence[Ad]) -> str:
    if not queue:
        return "There are no jobs."
    held = Counter(_owner(job) for job in queue if _state(job) == "held")
    users = [f"{user} ({count})" for user, count in held.most_common()]
    return f"held: {named(users)}" if held else ""
