"""HTCondor: jobs and slots, from ``condor_q -json`` and ``condor_status -json``."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from happyface import Above, Bars, Below, Duration, Fetched, Field, Module, Result, Share, Source, Unknown, column
from happyface.kit import check_age, named_groups, time_of, total
from happyface.modules.htcondor.ads import JOB_STATES, JobAd, SlotAd, efficiency, grouped, read

_LIVING = ("queued", "running", "held", "transferring", "suspended")


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
        max_age: Duration = Field(
            3600, gt=0, description="of older answers (a file that nobody writes any more) nothing is known"
        )
        min_jobs: int = Field(10, ge=0, description="of fewer jobs, the share that is held says nothing")

    class Data(Module.Data):
        running: int = column("Running", main=True)
        queued: int = column("Queued", description="idle, in HTCondor's words")
        held: int = column("Held")
        suspended: int
        transferring: int = column("Transferring output", detail=True)
        removed: int = column("Removed, not yet gone", detail=True)
        completed: int = column("Completed, not yet gone", detail=True)
        held_share: Share | None = column("Share held", limits=Above(warning=0.2, critical=0.5), may_be_missing=True)
        efficiency: Share | None = column("CPU efficiency", description="of the running jobs that have reported yet")
        requested_cores: int | None = column("Cores of running jobs")
        cores: int | None = column("Cores", description="of all slots")
        cores_in_service: int | None = column(
            "Cores in service",
            limits=Below(critical=0),
            may_be_missing=True,
            description="of slots that are neither drained nor kept for their machine's owner",
        )
        cores_claimed: int | None = column("Cores claimed")
        cores_free: int | None = column("Cores free", description="of unclaimed slots")
        claimed_share: Share | None = column("Share claimed")
        unknown: int = column("Not understood", description="jobs and slots whose state or cores are not understood")
        taken: datetime | None = column("Data as of")

    class User(
        Module.Row,
        key="user",
        sort="-running",
        counts=True,  # no limits of its own: who sets some means it
        charts=[Bars("running", "queued", "held", "suspended", stacked=True)],
    ):
        """Users"""

        user: str
        running: int
        queued: int
        held: int
        suspended: int
        efficiency: Share | None = column("CPU efficiency")

    class HoldReason(Module.Row, key="code", sort="-jobs"):
        """Why jobs are held"""

        code: int | None
        jobs: int
        users: str
        reason: str = column(description="of one of them")

    class Slot(Module.Row, key="state", sort="-slots"):
        """Slots by state"""

        state: str
        slots: int
        cores: int | None

    config: Config

    def extract(self, jobs: Fetched, machines: Fetched | None = None) -> Result:
        queue = read(jobs, list[JobAd])
        slots = read(machines, list[SlotAd]) if machines else None
        taken = self._checked_time(queue)
        values = _job_values(queue, self.config.min_jobs) | _slot_values(slots)
        unknown = self._unknown(queue, slots or [], values)
        count = len(unknown.garbled) + len(unknown.silent)
        data = self.Data.model_validate(values | {"unknown": count, "taken": taken})
        users = [self._user(user, of_user) for user, of_user in sorted(grouped(queue, lambda job: job.user).items())]
        rows = (users, self._hold_reasons(queue), self._slots(slots or []))
        # no jobs, or too few to be rated: that is known, and no trouble
        idle = all(self.status_of(values) < 0 for values in (data, *users))
        return Result(data, *rows, sentence=_sentence(queue, unknown), idle=idle, unknown=unknown)

    def _checked_time(self, queue: Sequence[JobAd]) -> datetime | None:
        """When the scheduler was asked, if it is young enough to say anything."""
        taken = time_of(min((job.asked for job in queue if job.asked), default=None))
        if taken:
            check_age("The jobs are", taken, self.now, self.config.max_age)
        return taken

    def _unknown(self, queue: Sequence[JobAd], slots: Sequence[SlotAd], values: dict[str, float | None]) -> Unknown:
        """What is not understood; a few jobs of many do not matter where the status is the same if all are held."""
        jobs = [job.name for job in queue if not job.state]
        places = [f"a slot {slot.state}" for slot in slots if not slot.is_understood]
        as_held = [job if job.state else job.model_copy(update={"status": 5}) for job in queue]
        worst = _job_values(as_held, self.config.min_jobs) | {"unknown": 0, "taken": None}
        statuses = [self.status_of(self.Data.model_validate(values | more)) for more in (worst, worst | values)]
        matters = statuses[0] != statuses[1] or 2 * len(jobs) > len(queue)
        return Unknown(len(queue) + len(slots), [*(jobs if matters else []), *places], [] if matters else jobs)

    def _user(self, user: str, jobs: Sequence[JobAd]) -> User:
        states = Counter(job.state for job in jobs)
        counts = {name: states[name] for name in ("running", "queued", "held", "suspended")}
        return self.User(user=user, efficiency=efficiency(jobs), **counts)

    def _hold_reasons(self, queue: Sequence[JobAd]) -> list[HoldReason]:
        held = [job for job in queue if job.state == "held"]
        return [
            self.HoldReason(
                code=None if code is None else int(code),
                jobs=len(jobs),
                users=", ".join(sorted({job.user for job in jobs})),
                reason=jobs[-1].hold_reason,
            )
            for code, jobs in grouped(held, lambda job: job.hold_code).items()
        ]

    def _slots(self, slots: Sequence[SlotAd]) -> list[Slot]:
        return [
            self.Slot(state=state, slots=sum(slot.is_place for slot in same), cores=_cores(same))
            for state, same in sorted(grouped(slots, lambda slot: slot.state).items())
        ]


def _job_values(queue: Sequence[JobAd], min_jobs: int) -> dict[str, float | None]:
    states = Counter(job.state for job in queue)
    living = sum(states[name] for name in _LIVING)
    return {name: states[name] for name in JOB_STATES} | {
        "held_share": states["held"] / living if living and living >= min_jobs else None,
        "efficiency": efficiency(queue),
        "requested_cores": total(job.cores for job in queue if job.state == "running"),
    }


def _slot_values(slots: Sequence[SlotAd] | None) -> dict[str, float | None]:
    if slots is None:
        return dict.fromkeys(("cores", "cores_in_service", "cores_claimed", "cores_free", "claimed_share"))
    cores = _cores(slots)
    claimed, free = (_cores(slot for slot in slots if slot.state == state) for state in ("Claimed", "Unclaimed"))
    share = claimed / cores if cores and claimed is not None else None
    in_service = _cores(slot for slot in slots if slot.in_service)
    return {
        "cores": cores,
        "cores_in_service": in_service,
        "cores_claimed": claimed,
        "cores_free": free,
        "claimed_share": share,
    }


def _cores(slots: Iterable[SlotAd]) -> int | None:
    cores = total(slot.cores for slot in slots)
    return None if cores is None else int(cores)


def _sentence(queue: Sequence[JobAd], unknown: Unknown) -> str:
    if not queue:
        return "There are no jobs."
    held = Counter(job.user for job in queue if job.state == "held")
    users = [f"{user} ({count})" for user, count in held.most_common()]
    groups = {"held": users, f"{len(unknown.silent)} of {len(queue)} jobs not understood": unknown.silent}
    return named_groups(groups)
