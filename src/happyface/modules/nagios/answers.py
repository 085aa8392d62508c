"""What Nagios says, in either of its two dialects, as plain values.

``statusjson.cgi`` codes states as bits and counts time in milliseconds; ``status.dat`` numbers states from 0 and
counts time in seconds.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from happyface import Fetched, SourceError, State

_SERVICE_BITS = {1: "pending", 2: "ok", 4: "warning", 8: "unknown", 16: "critical"}
_HOST_BITS = {1: "pending", 2: "up", 4: "down", 8: "unreachable"}
_SERVICE_CODES = {"0": "ok", "1": "warning", "2": "critical", "3": "unknown"}
_HOST_CODES = {"0": "up", "1": "down", "2": "unreachable"}
_STATUSES = {"ok": 1.0, "up": 1.0, "warning": 0.5, "unknown": 0.5, "unreachable": 0.5, "critical": 0.0, "down": 0.0}
"""What was never checked has none."""


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
    """

    services: list[Check] | None
    hosts: list[Check] | None
    taken: datetime | None
    asked: datetime


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
    if re.search(r"^\s*info \{\s*$", text, re.MULTILINE):
        return _read_status_dat(source, text, now)
    raise SourceError(f"{source.url} is neither an answer of Nagios' statusjson.cgi nor a status.dat")


def _read_json(source: Fetched, now: datetime) -> Answer:
    answer = source.json()
    result, data = answer.get("result"), answer.get("data")
    if not isinstance(result, dict) or not isinstance(data, dict):
        raise SourceError(f"{source.url} is JSON, but not of Nagios' statusjson.cgi")
    if result.get("type_code") != 0:
        raise SourceError(f"Nagios answered: {result.get('type_text')}. {result.get('message') or ''}".strip())
    services, hosts = data.get("servicelist"), data.get("hostlist")
    if not isinstance(services, dict) and not isinstance(hosts, dict):
        raise SourceError(f"{source.url} has no servicelist; ask with query=servicelist&details=true")
    return Answer(
        list(_json_services(services)) if isinstance(services, dict) else None,
        [_json_check(host, "", found, _HOST_BITS) for host, found in hosts.items()]
        if isinstance(hosts, dict)
        else None,
        _time(result.get("last_data_update"), 1000),
        _time(result.get("query_time"), 1000) or now,
    )


def _json_services(by_host: Mapping[str, Any]) -> Iterator[Check]:
    for host, services in by_host.items():
        for service, found in services.items() if isinstance(services, dict) else ():
            yield _json_check(host, service, found, _SERVICE_BITS)


def _json_check(host: str, service: str, found: Any, states: Mapping[int, str]) -> Check:
    """One host or service. Without ``details=true`` there is its state alone."""
    if not isinstance(found, dict):
        return Check(host, service, _json_state(found, states))
    return Check(
        host,
        service,
        "pending" if found.get("has_been_checked") is False else _json_state(found.get("status"), states),
        _time(found.get("last_state_change"), 1000),
        _time(found.get("last_check"), 1000),
        str(found.get("plugin_output") or ""),
        bool(found.get("problem_has_been_acknowledged")),
        bool(found.get("scheduled_downtime_depth")),
    )


def _json_state(status: object, states: Mapping[int, str]) -> str:
    """The word for a state, which ``formatoptions=enumerate`` gives itself."""
    if isinstance(status, str):
        return status if status in states.values() else "unknown"
    return states.get(status, "unknown") if isinstance(status, int) else "unknown"


def _read_status_dat(source: Fetched, text: str, now: datetime) -> Answer:
    blocks = list(_blocks(source, text))
    created = next((_time(block.get("created"), 1) for name, block in blocks if name == "info"), None)
    return Answer(
        [_check(block, _SERVICE_CODES) for name, block in blocks if name == "servicestatus"],
        [_check(block, _HOST_CODES) for name, block in blocks if name == "hoststatus"],
        created,
        now,
    )


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


def _check(block: Mapping[str, str], states: Mapping[str, str]) -> Check:
    checked = block.get("has_been_checked") != "0"
    return Check(
        block.get("host_name", ""),
        block.get("service_description", ""),
        states.get(block.get("current_state", ""), "unknown") if checked else "pending",
        _time(block.get("last_state_change"), 1),
        _time(block.get("last_check"), 1),
        block.get("plugin_output", ""),
        block.get("problem_has_been_acknowledged", "0") != "0",
        block.get("scheduled_downtime_depth", "0") != "0",
    )


def _time(value: Any, per_second: int) -> datetime | None:
    """A time of Nagios, where 0 is never."""
    try:
        return datetime.fromtimestamp(float(value) / per_second, UTC) if float(value) > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None
