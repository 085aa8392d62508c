"""Nagios: its services and hosts, from ``statusjson.cgi`` or from ``status.dat``."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from happyface import Above, Duration, Equal, Fetched, Field, Module, Result, Seconds, Source, SourceError, column
from happyface.kit import human_duration, matches, named
from happyface.modules.nagios.answers import Check, read


class Nagios(Module):
    """Services and hosts of Nagios: how many are in trouble that nobody has acknowledged or put in downtime."""

    class Config(Module.Config):
        source: Source = Field(description="`…/statusjson.cgi?query=servicelist&details=true`, or a `status.dat`")
        hosts: Source | None = Field(None, description="`…/statusjson.cgi?query=hostlist&details=true`")
        host: list[str] = Field([], description="only hosts with these names, which may hold `*` and `?`")
        service: list[str] = Field([], description="only services with these names, which may hold `*` and `?`")
        only_problems: bool = Field(False, description="rows only for what is in trouble or was never checked")
        max_age: Duration = Field(900, gt=0, description="older data says nothing: Nagios does not run")

    class Data(Module.Data):
        critical: int = column("Critical", limits=Above(critical=1), main=True)
        warning: int = column("Warning", limits=Above(warning=1))
        unknown: int = column("Unknown", limits=Above(warning=1))
        ok: int = column("OK")
        pending: int = column("Never checked")
        handled: int = column("Acknowledged or in downtime", description="services in trouble of which somebody knows")
        hosts_down: int | None = column("Hosts down", limits=Above(critical=1))
        hosts_unreachable: int | None = column("Hosts unreachable", limits=Above(warning=1))
        hosts_up: int | None = column("Hosts up")
        hosts_pending: int | None = column("Hosts never checked")
        hosts_handled: int | None = column("Hosts acknowledged or in downtime")
        age: Seconds | None = column("Age of the data")

    class Service(Module.Row):
        """Services"""

        host: str
        service: str
        state: str = column(limits=Equal(warning="warning", critical="critical"))
        since: datetime | None
        checked: datetime | None = column("Last check")
        output: str
        acknowledged: bool
        downtime: bool = column("In downtime")

    class Host(Module.Row):
        """Hosts"""

        host: str
        state: str = column(limits=Equal(warning="unreachable", critical="down"))
        since: datetime | None
        checked: datetime | None = column("Last check")
        output: str
        acknowledged: bool
        downtime: bool = column("In downtime")

    config: Config

    def extract(self, source: Fetched, hosts: Fetched | None = None) -> Result:
        answers = [read(each, self.now) for each in (source, hosts) if each]
        age = max((each.age for each in answers if each.age is not None), default=None)
        if age is not None and age > self.config.max_age:
            raise SourceError(f"Nagios' data is {human_duration(age)} old: it has probably been stopped")
        lists = [each.hosts for each in answers if each.hosts is not None]
        every_host = {check.host: check for checks in lists for check in checks}
        found = [check for each in answers for check in each.services or []]
        return self._result(self._services(found, every_host), self._hosts(every_host) if lists else None, age)

    def _services(self, services: Iterable[Check], hosts: dict[str, Check]) -> list[Check]:
        """The services that the configuration selects; where somebody knows about the host, they are handled, too."""
        selected = (each for each in services if self._is_wanted(each.host, each.service))
        return [each.on(hosts.get(each.host)) for each in selected]

    def _hosts(self, hosts: dict[str, Check]) -> list[Check]:
        return [each for each in hosts.values() if self._is_wanted(each.host)]

    def _is_wanted(self, host: str, service: str = "") -> bool:
        return matches(host, self.config.host) and (not service or matches(service, self.config.service))

    def _result(self, services: Sequence[Check], hosts: Sequence[Check] | None, age: float | None) -> Result:
        if not services and not hosts:
            raise SourceError("Nagios has no host and no service of those names")
        data = self.Data.model_validate({**_counts(services), **_host_counts(hosts), "age": age and max(age, 0.0)})
        service_rows = [self.Service(**_cells(each), service=each.service) for each in self._shown(services)]
        host_rows = [self.Host(**_cells(each)) for each in self._shown(hosts or [])]
        if all(each.state == "pending" for each in [*services, *(hosts or [])]):
            return Result(data, service_rows, host_rows, status=-1, sentence="Nothing has been checked yet.")
        return Result(data, service_rows, host_rows, sentence=_sentence([*services, *(hosts or [])]))

    def _shown(self, checks: Iterable[Check]) -> list[Check]:
        """Those that get a row: of those in the same state, what nobody knows about comes first."""
        chosen = (each for each in checks if each.problem or each.state == "pending" or not self.config.only_problems)
        return sorted(chosen, key=lambda each: each.handled)


def _open(checks: Iterable[Check]) -> list[Check]:
    """Without the problems of which somebody knows."""
    return [each for each in checks if not (each.problem and each.handled)]


def _counts(services: Sequence[Check]) -> dict[str, int]:
    states = Counter(each.state for each in _open(services))
    named = {state: states[state] for state in ("critical", "warning", "unknown", "ok", "pending")}
    return named | {"handled": len(services) - len(_open(services))}


def _host_counts(hosts: Sequence[Check] | None) -> dict[str, int | None]:
    names = ("down", "unreachable", "up", "pending")
    if hosts is None:
        return {f"hosts_{name}": None for name in (*names, "handled")}
    states = Counter(each.state for each in _open(hosts))
    return {**{f"hosts_{name}": states[name] for name in names}, "hosts_handled": len(hosts) - len(_open(hosts))}


def _cells(check: Check) -> dict[str, Any]:
    names = ("host", "state", "since", "checked", "output", "acknowledged", "downtime")
    return {name: getattr(check, name) for name in names}


def _sentence(checks: Sequence[Check]) -> str:
    """The names of what is in trouble, by state; else how much is well."""
    parts = []
    for state in ("down", "critical", "unreachable", "warning", "unknown"):
        names = [each.name for each in _open(checks) if each.state == state]
        parts += [f"{state}: {named(names)}"] if names else []
    well = sum(each.state in ("ok", "up") for each in checks)
    return " · ".join(parts) or f"{well} of {len(checks)} checks are well"
