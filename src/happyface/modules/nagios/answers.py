"""What Nagios says, in either of its two dialects, as plain values.

``statusjson.cgi`` codes states as bits and counts time in milliseconds; ``status.dat`` numbers states from 0 and
counts time in seconds.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from happyface import Fetched, SourceError, State
from happyface.kit import number_of, time_of

_SERVICE_BITS = {1: "pending", 2: "ok", 4: "warning", 8: "unknown", 16: "critical"}
_HOST_BITS = {1: "pending", 2: "up", 4: "down", 8: "unreachable"}
_SERVICE_CODES = {"0": "ok", "1": "warning", "2": "critical", "3": "unknown"}
_HOST_CODES = {"0": "up", "1": "down", "2": "unreachable"}
_STATUSES = {"ok": 1.0, "up": 1.0, "warning": 0.5, "unknown": 0.5, "unreachable": 0.5, "critical": 0.0, "down": 0.0}
"""What was never checked has none."""
_AFTER_SERVICES = ("contactstatus", "servicecomment", "hostcomment", "servicedowntime", "hostdowntime")
"""What a status file goes on with when all services are in it."""


@dataclass(frozen=True)
class Check:
    """The state of a host (its ``service`` is empty) or of a service."""

    host: str
    service: str
    state: str
    since: datetime | None = None
    checked: datetime | None = None
    output: str = ""
    acknowledged: bool = False
    downtime: bool = False
    host_handled: bool = False
    understood: bool = True

    @property
    def name(self) -> str:
        """How a sentence names it."""
        return f"{self.host} {self.service}".strip()

    @property
    def handled(self) -> bool:
        """Whether somebody knows about it, or about its host."""
        return self.acknowledged or self.downtime or self.host_handled

    def on(self, host: "Check | None") -> "Check":
        """The same service, with what its host says."""
        return replace(self, host_handled=host is not None and host.handled)

    @property
    def problem(self) -> bool:
        """Whether it is in trouble; what was never checked is not."""
        return self.state not in ("ok", "up", "pending")

    @property
    def rated_state(self) -> State:
        """The state with its status. A problem of which somebody knows is no trouble, and says why."""
        if not self.understood:
            return State.unknown("not understood")
        if not (self.problem and self.handled):
            return State(self.state, _STATUSES.get(self.state, -1))
        known = (
            "acknowledged"
            if self.acknowledged
            else "in downtime"
            if self.downtime
            else "its host acknowledged or in downtime"
        )
        return State.fine(f"{self.state}, {known}")

    def cells(self) -> dict[str, object]:
        """The values of a row, but for the name of the service."""
        names = ("host", "since", "checked", "output", "acknowledged", "downtime")
        return {name: getattr(self, name) for name in names} | {"state": self.rated_state}


@dataclass(frozen=True)
class Answer:
    """Services and hosts; each is None where the answer does not speak of them.

    Attributes:
        taken: from when the states are, if the answer says so.
        asked: when it was asked, by the clock that wrote ``taken``, where there is one.
        cut: it may end before all services were told.
    """

    services: list[Check] | None
    hosts: list[Check] | None
    taken: datetime | None
    asked: datetime
    cut: bool = False


def read(source: Fetched, now: datetime) -> Answer:
    """Read an answer of ``statusjson.cgi``, or a ``status.dat``.

    Raises:
        SourceError: it is neither, or tells of a fault.
    """
    text = source.text()
    if not text.strip():
        raise SourceError(f"{source.url} is empty: Nagios keeps no status, so it has probably been stopped")
    if text.lstrip().startswith("{"):
        return _read_json(source, now)
    if re.search(r"^[ \t]*info \{[ \t]*$", text, re.MULTILINE):
        return _read_status_dat(source, text, now)
    raise SourceError(f"{source.url} is neither an answer of Nagios' statusjson.cgi nor a status.dat")


def _read_json(source: Fetched, now: datetime) -> Answer:
    answer = source.json()
    result, data = answer.get("result"), answer.get("data")
    if not isinstance(result, dict) or not isinstance(data, dict):
        raise SourceError(f"{source.url} is JSON, but not of Nagios' statusjson.cgi")
    if result.get("type_code") != 0:
        raise SourceError(f"Nagios answered: {result.get('type_text')}. {result.get('message') or ''}".strip())
    services, hosts = (data[name] if isinstance(data.get(name), dict) else None for name in ("servicelist", "hostlist"))
    if services is None and hosts is None:
        raise SourceError(f"{source.url} has no servicelist; ask with query=servicelist&details=true")
    return Answer(
        None if services is None else list(_json_services(services)),
        None if hosts is None else [_json_check(host, "", found, _HOST_BITS) for host, found in hosts.items()],
        _time(result.get("last_data_update"), 1000),
        _time(result.get("query_time"), 1000) or now,
    )


def _json_services(by_host: Mapping[str, Any]) -> Iterator[Check]:
    for host, services in by_host.items():
        for service, found in services.items() if isinstance(services, dict) else ():
            yield _json_check(host, service, found, _SERVICE_BITS)


def _json_check(host: str, service: str, found: Any, states: Mapping[Any, str]) -> Check:
    """One host or service. Without ``details=true`` there is its state alone."""
    values = found if isinstance(found, dict) else {"status": found}
    return _check(host, service, values.get("status"), values, states, 1000)


def _read_status_dat(source: Fetched, text: str, now: datetime) -> Answer:
    blocks = list(_blocks(source, text))
    created = next((_time(block.get("created"), 1) for name, block in blocks if name == "info"), None)
    return Answer(
        [_block_check(block, _SERVICE_CODES) for name, block in blocks if name == "servicestatus"],
        [_block_check(block, _HOST_CODES) for name, block in blocks if name == "hoststatus"],
        created,
        now,
        _is_cut([name for name, _ in blocks]),
    )


def _is_cut(names: Sequence[str]) -> bool:
    """Whether a file that a daemon wrote lacks what it writes behind all services: contacts, at the very least."""
    return "programstatus" in names and not any(name in _AFTER_SERVICES for name in names)


def _blocks(source: Fetched, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The blocks of a ``status.dat``: ``NAME {``, lines ``key=value``, ``}``."""
    name = ""
    block: dict[str, str] = {}
    for line in map(str.strip, text.split("\n")):
        if not name and line.endswith("{"):
            name, block = line[:-1].strip(), {}
        elif name and line == "}":
            yield name, block
            name = ""
        elif name:
            key, _, value = line.partition("=")
            block[key] = value
    if name:
        raise SourceError(f"{source.url} ends in the middle of a {name}")


def _block_check(block: Mapping[str, str], states: Mapping[Any, str]) -> Check:
    host, service = block.get("host_name", ""), block.get("service_description", "")
    return _check(host, service, block.get("current_state"), block, states, 1)


def _check(
    host: str, service: str, code: Any, values: Mapping[str, Any], states: Mapping[Any, str], per_second: int
) -> Check:
    """A host or service, by what both dialects call alike."""
    never = values.get("has_been_checked") in (False, "0")
    state = "pending" if never else _state(code, states)
    return Check(
        host,
        service,
        state or "unknown",
        _time(values.get("last_state_change"), per_second),
        _time(values.get("last_check"), per_second),
        str(values.get("plugin_output") or ""),
        _is_yes(values.get("problem_has_been_acknowledged")),
        _is_yes(values.get("scheduled_downtime_depth")),
        understood=bool(state),
    )


def _state(code: Any, states: Mapping[Any, str]) -> str:
    """The word for a state, which ``formatoptions=enumerate`` gives itself; empty for one that nobody knows."""
    if isinstance(code, str) and code.strip().lower() in states.values():
        return code.strip().lower()
    return states.get(code, "") if isinstance(code, int | str) else ""


def _is_yes(value: Any) -> bool:
    """Whether somebody knows of a problem: what is not understood excuses nothing."""
    number = number_of(value)
    return number is not None and number > 0


def _time(value: Any, per_second: int) -> datetime | None:
    """A time of Nagios, where 0 is never."""
    number = number_of(value)
    return time_of(number / per_second) if number else None
