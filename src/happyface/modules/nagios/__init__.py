"""Nagios: its services and hosts, from ``statusjson.cgi`` or from ``status.dat``."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from happyface import Above, Duration, Fetched, Field, Module, Result, Source, SourceError, State, Unknown, column
from happyface.kit import check_age, matches, named_groups
from happyface.modules.nagios.answers import Answer, Check, read

_PROBLEMS = ("down", "critical", "unreachable", "warning", "unknown")
_SERVICE_STATES = ("critical", "warning", "unknown", "ok", "pending")
_HOST_STATES = ("down", "unreachable", "up", "pending")


class Nagios(Module):
    """Services and hosts of Nagios: how many are in trouble that nobody has acknowledged or put in downtime."""

    class Config(Module.Config):
        source: Source = Field(description="`…/statusjson.cgi?query=servicelist&details=true`, or a `status.dat`")
        hosts: Source | None = Field(None, description="`…/statusjson.cgi?query=hostlist&details=true`")
        host: list[str] = Field([], description="only hosts with these names, which may hold `*` and `?`")
        service: list[str] = Field([], description="only services with these names, which may hold `*` and `?`")
        only_problems: bool = Field(False, description="rows only for what is in trouble or was never checked")
        max_age: Duration = Field(
            60,
            gt=0,
            description="older data says nothing: Nagios does not run. A running one writes its data anew every 10 s; "
            "where its `status_update_interval` is longer, allow a few of these",
        )

    class Data(Module.Data):
        critical: int = column("Critical", limits=Above(critical=1), main=True)
        warning: int = column("Warning", limits=Above(warning=1))
        unknown: int = column("Unknown", limits=Above(warning=1))
        ok: int = column("OK")
        pending: int = column("Never checked")
        handled: int = column("Acknowledged or in downtime", description="services in trouble of which somebody knows")
        hosts_down: int | None = column("Hosts down", limits=Above(critical=1), may_be_missing=True)
        hosts_unreachable: int | None = column("Hosts unreachable", limits=Above(warning=1), may_be_missing=True)
        hosts_up: int | None = column("Hosts up")
        hosts_pending: int | None = column("Hosts never checked")
        hosts_handled: int | None = column("Hosts acknowledged or in downtime")
        taken: datetime | None = column("Data as of")

    class Service(Module.Row):
        """Services"""

        host: str
        service: str
        state: State
        since: datetime | None
        checked: datetime | None = column("Last check")
        acknowledged: bool
        downtime: bool = column("In downtime")
        output: str = column(detail=True)

    class Host(Module.Row, key="host"):
        """Hosts"""

        host: str
        state: State
        since: datetime | None
        checked: datetime | None = column("Last check")
        acknowledged: bool
        downtime: bool = column("In downtime")
        output: str = column(detail=True)

    config: Config

    def extract(self, source: Fetched, hosts: Fetched | None = None) -> Result:
        answers = [self._fresh(read(fetched, self.now)) for fetched in (source, hosts) if fetched]
        every_host = {check.host: check for answer in answers for check in answer.hosts or []}
        found = [check for answer in answers for check in answer.services or []]
        services = [check.on(every_host.get(check.host)) for check in found if self._is_wanted(check)]
        chosen = [check for check in every_host.values() if self._is_wanted(check)]
        if not services and not chosen:
            raise SourceError("Nagios has no host and no service of those names")
        of_hosts = any(answer.hosts is not None for answer in answers)
        taken = min((answer.taken for answer in answers if answer.taken), default=None)
        data = self.Data.model_validate(
            _counts(services) | _host_counts(chosen if of_hosts else None) | {"taken": taken}
        )
        rows = (
            [
                self.Service.model_validate({**check.cells(), "service": check.service})
                for check in self._listed(services)
            ],
            [self.Host.model_validate(check.cells()) for check in self._listed(chosen)],
        )
        if all(check.state == "pending" for check in [*services, *chosen]):
            return Result(data, *rows, status=-1, sentence="Nothing has been checked yet.")
        checks = [*services, *chosen]
        return Result(data, *rows, sentence=_sentence(checks), unknown=_unknown(checks, answers))

    def _fresh(self, answer: Answer) -> Answer:
        """The answer, if it is young enough to say anything."""
        if answer.taken:
            check_age(
                "Nagios' data is", answer.taken, answer.asked, self.config.max_age, "it has probably been stopped"
            )
        return answer

    def _is_wanted(self, check: Check) -> bool:
        wanted = not check.service or matches(check.service, self.config.service)
        return wanted and matches(check.host, self.config.host)

    def _listed(self, checks: Iterable[Check]) -> list[Check]:
        """Those that get a row."""
        return [check for check in checks if check.problem or check.state == "pending" or not self.config.only_problems]


def _open(checks: Iterable[Check]) -> list[Check]:
    """Without the problems of which somebody knows."""
    return [check for check in checks if not (check.problem and check.handled)]


def _counts(services: Sequence[Check]) -> dict[str, Any]:
    states = Counter(check.state for check in _open(services))
    return {state: states[state] for state in _SERVICE_STATES} | {"handled": len(services) - len(_open(services))}


def _host_counts(hosts: Sequence[Check] | None) -> dict[str, Any]:
    if hosts is None:
        return {f"hosts_{name}": None for name in (*_HOST_STATES, "handled")}
    states = Counter(check.state for check in _open(hosts))
    return {f"hosts_{name}": states[name] for name in _HOST_STATES} | {"hosts_handled": len(hosts) - len(_open(hosts))}


def _unknown(checks: Sequence[Check], answers: Sequence[Answer]) -> Unknown:
    """What was never checked, what is in a state that nobody knows, and what an answer lacks."""
    odd = [check.name for check in checks if not check.understood]
    cut = ["services behind the file's end, which is cut off"] * any(answer.cut for answer in answers)
    undated = ["the time of the data"] * any(answer.taken is None for answer in answers)
    return Unknown(len(checks), [*odd, *cut, *undated], [check.name for check in checks if check.state == "pending"])


def _sentence(checks: Sequence[Check]) -> str:
    """The names of what is in trouble, by state; else how much is well."""
    open_checks = _open(checks)
    groups = {
        state: [check.name for check in open_checks if check.state == state and check.understood] for state in _PROBLEMS
    }
    well = sum(check.state in ("ok", "up") for check in checks)
    never = {"never checked": [check.name for check in checks if check.state == "pending"]}
    said = named_groups(groups) or f"{well} of {len(checks)} checks are well"
    return " · ".join(filter(None, [said, named_groups(never)]))
