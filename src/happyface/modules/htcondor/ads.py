"""ClassAds of jobs and of slots, as HTCondor's tools print them in JSON.

Attributes without a value are left out; those that are expressions are texts ``/Expr(…)/``.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator

from happyface import Fetched, Field, SourceError
from happyface.kit import number_of

JOB_STATES = ("queued", "running", "removed", "completed", "held", "transferring", "suspended")
"""What ``JobStatus`` counts, from 1 on."""
SLOT_STATES = ("Owner", "Unclaimed", "Matched", "Claimed", "Preempting", "Backfill", "Drained")
_STATES: dict[float, str] = dict(enumerate(JOB_STATES, start=1))

Ad = TypeVar("Ad")
Key = TypeVar("Key")


Number = Annotated[float | None, BeforeValidator(number_of)]
"""A number; an expression is none."""


class JobAd(BaseModel):
    """What is read of a job; times are seconds since 1970."""

    status: Number = Field(alias="JobStatus")
    cluster: Number = Field(None, alias="ClusterId")
    owner: str = Field("", validation_alias=AliasChoices("Owner", "User"))
    cores: Number = Field(None, alias="RequestCpus")
    cpu_seconds: Number = Field(None, alias="RemoteUserCpu")
    started: Number = Field(None, alias="JobCurrentStartDate")
    asked: Number = Field(None, alias="ServerTime")
    hold_code: Number = Field(None, alias="HoldReasonCode")
    hold_reason: str = Field("", alias="HoldReason")

    @property
    def state(self) -> str:
        """One of ``JOB_STATES``; empty for one that nobody knows."""
        return _STATES.get(self.status or 0, "")

    @property
    def name(self) -> str:
        """How a sentence names it."""
        return f"a job of {self.user}" if self.cluster is None else f"job {self.cluster:.0f} of {self.user}"

    @property
    def user(self) -> str:
        """Who wants it."""
        return self.owner or "(no owner)"

    @property
    def core_seconds(self) -> float | None:
        """How long it has had its cores; None before its first update, five minutes after its start."""
        if self.state != "running" or not self.cpu_seconds or not self.cores:
            return None
        if self.asked is None or self.started is None or self.asked <= self.started:
            return None
        return (self.asked - self.started) * self.cores


class SlotAd(BaseModel):
    """What is read of a slot. A partitionable one's cores are those not yet given to its children, slots as well."""

    state: str = Field(alias="State")
    cores: Number = Field(None, alias="Cpus")
    partitionable: bool | str = Field(False, alias="PartitionableSlot")

    @property
    def in_service(self) -> bool:
        """Whether it takes jobs: its machine is neither drained nor kept for its owner."""
        return self.state not in ("Drained", "Owner")

    @property
    def is_understood(self) -> bool:
        """Whether its state is one of HTCondor's, and its cores a number."""
        return self.state in SLOT_STATES and self.cores is not None

    @property
    def is_place(self) -> bool:
        """Whether a job may run in it: a partitionable slot without cores has given all to its children."""
        return not self.partitionable or self.cores != 0


def read(source: Fetched, shape: type[list[Ad]]) -> list[Ad]:
    """The ClassAds of an answer. No ad at all is printed as nothing at all.

    Raises:
        SourceError: it cannot be read; or it is empty, and nobody knows whether the tool ended well.
    """
    if source.content().strip():
        return source.json(shape)
    if not source.ended_well:
        raise SourceError(
            f"{source.url} is empty: there may be nothing, or what should write it failed; ask by command"
        )
    return []


def efficiency(jobs: Iterable[JobAd]) -> float | None:
    """CPU time by the time that running jobs have had their cores; None where none of them tells."""
    used = [(job.cpu_seconds or 0.0, seconds) for job in jobs if (seconds := job.core_seconds)]
    return sum(cpu for cpu, _ in used) / sum(seconds for _, seconds in used) if used else None


def grouped(ads: Iterable[Ad], key: Callable[[Ad], Key]) -> dict[Key, list[Ad]]:
    """The ads by some key, in their order."""
    groups: dict[Key, list[Ad]] = {}
    for ad in ads:
        groups.setdefault(key(ad), []).append(ad)
    return groups
