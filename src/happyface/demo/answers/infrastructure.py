"""The machines that everything stands on: Nagios, Prometheus, the building, the network."""

from collections.abc import Mapping
from typing import Any

from happyface.demo.answers import batch
from happyface.demo.answers.answer import MonitorAnswer, as_json
from happyface.demo.answers.promql import Queries, answered
from happyface.demo.incidents import Kind
from happyface.demo.world import DAY, HOUR, Snapshot

# The bits of Nagios's statusjson.cgi: these are of services, the 2 for "up" is of hosts.
_OK, _WARNING, _CRITICAL = 2, 4, 16
_UP = 2
_SERVICES = {
    "head-1.gridka.de": ("disk /var", "load", "ntp", "schedd"),
    "htcondor-ce-1.gridka.de": ("gatekeeper", "load", "ntp"),
    "htcondor-ce-2.gridka.de": ("gatekeeper", "load", "ntp"),
    "dcache-door-1.gridka.de": ("srm", "webdav", "load"),
    "f01-032.gridka.de": ("raid", "temperature", "pools"),
    "f01-033.gridka.de": ("raid", "temperature", "pools"),
    "sw-rack-7.gridka.de": ("ping", "uplink"),
}


def nagios(now: Snapshot, query: Mapping[str, str]) -> MonitorAnswer:
    """``statusjson.cgi``: its services, or with ``query=hostlist`` its hosts."""
    asked = query.get("query", "servicelist")
    if asked == "servicelist":
        found: dict[str, Any] = {
            host: {service: _service(now, host, service) for service in services}
            for host, services in _SERVICES.items()
        }
    elif asked == "hostlist":
        found = {host: _check(now, host, _UP, "PING OK") for host in _SERVICES}
    else:
        return as_json({"result": {"type_code": 4, "type_text": "Bad Query", "message": asked}, "data": {}})
    # Nagios writes times in milliseconds.
    result = {"query_time": now.time * 1000 + 900, "last_data_update": now.time * 1000 - 4000, "type_code": 0}
    return as_json({"format_version": 0, "result": result | {"type_text": "Success"}, "data": {asked: found}})


def _service(now: Snapshot, host: str, service: str) -> dict[str, Any]:
    state, said, kind = _trouble(now, host, service) or (_OK, f"{service.upper()} OK", None)
    begins = [incident.begin for incident in now.incidents if incident.kind is kind]
    # What is well has been so for some days; the number only has to stay the same.
    since = min(begins, default=now.time // (9 * DAY) * 9 * DAY)
    # Somebody acknowledges a problem after forty minutes.
    known = state != _OK and now.time - since > 40 * 60
    check = _check(now, f"{host}/{service}", state, said)
    return check | {
        "last_state_change": since * 1000,
        "problem_has_been_acknowledged": known and kind is not Kind.MAINTENANCE,
        "scheduled_downtime_depth": int(kind is Kind.MAINTENANCE),
    }


def _check(now: Snapshot, name: str, state: int, said: str) -> dict[str, Any]:
    # Nagios spreads its checks over time: each service has an age of its own.
    checked = now.time - sum(name.encode()) % 240
    return {"status": state, "plugin_output": said, "has_been_checked": True, "last_check": checked * 1000}


def _trouble(now: Snapshot, host: str, service: str) -> tuple[int, str, Kind] | None:
    """What is wrong with a service, if anything: its state, what the check says, and why."""
    if service == "disk /var" and var_used(now) > 0.9:
        state = _CRITICAL if var_used(now) > 0.95 else _WARNING
        return (
            state,
            f"DISK {'CRITICAL' if state == _CRITICAL else 'WARNING'} - /var {var_used(now):.0%} used",
            Kind.DISK,
        )
    if host.startswith("f01-032") and service in ("raid", "pools") and now.level(Kind.POOLS):
        return _CRITICAL, f"{service.upper()} CRITICAL - controller 1 does not respond", Kind.POOLS
    if service in ("schedd", "gatekeeper") and now.level(Kind.BATCH) > 0.5:
        return _CRITICAL, f"{service.upper()} CRITICAL - no answer within 30 s", Kind.BATCH
    if service == "temperature" and room(now) > 27:
        return _WARNING, f"TEMPERATURE WARNING - inlet {room(now):.1f} C", Kind.COOLING
    if service in ("srm", "webdav", "pools") and now.level(Kind.MAINTENANCE):
        return _CRITICAL, "connection refused", Kind.MAINTENANCE
    if service == "uplink" and now.level(Kind.NETWORK):
        return _CRITICAL, "UPLINK CRITICAL - BGP session to DFN is down", Kind.NETWORK
    return None


def var_used(now: Snapshot) -> float:
    """The share of the head node's /var that is in use."""
    # The fourth root: a disk that fills up is nearly full most of that time.
    usual = 0.62 + 0.02 * now.noise("head/var", DAY)
    return float(usual + 0.36 * now.level(Kind.DISK) ** 0.25)


def room(now: Snapshot) -> float:
    """The temperature of the air that the racks take in, in degrees Celsius."""
    return 22.8 + 0.9 * now.activity + 0.4 * now.noise("room", 2 * HOUR) + 8 * now.level(Kind.COOLING)


def power(now: Snapshot) -> float:
    """The power that the machines take, in kilowatts."""
    return 310 + 190 * batch.job_counts(now)["running"] / batch.SLOTS + 6 * now.noise("power")


def building(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """The building's control system."""
    failed = now.level(Kind.COOLING) > 0
    chillers = [{"name": f"KM{number}", "running": not (failed and number == 2)} for number in (1, 2, 3)]
    return as_json(
        {
            "room": {"inlet": round(room(now), 1), "outlet": round(room(now) + 9.5, 1)},
            "chillers": {"running": sum(chiller["running"] is True for chiller in chillers), "units": chillers},
            "power": {"total_kw": round(power(now)), "ups": "online", "ups_charge": 1.0},
        }
    )


def traffic(now: Snapshot, incoming: bool) -> float:
    """Traffic of the link to the outside, in Gbit/s."""
    usual = (34 if incoming else 27) * (0.5 + 0.55 * now.activity)
    usual *= 1 + 0.25 * now.noise(f"wan/{incoming}", HOUR)
    return usual * (1 - 0.4 * now.level(Kind.POOLS, Kind.MAINTENANCE)) * (1 - now.level(Kind.NETWORK))


def network(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """The network group's summary of the links to the outside."""
    down = now.level(Kind.NETWORK) > 0
    loss = 1.0 if down else max(0.0, 0.0004 + 0.0004 * now.noise("wan/loss"))
    lhcopn = {"state": "down" if down else "up", "capacity_gbits": 100, "loss": round(loss, 5)}
    lhcopn |= {"in_gbits": round(traffic(now, True), 2), "out_gbits": round(traffic(now, False), 2)}
    return as_json({"links": {"lhcopn": lhcopn, "backup": {"state": "up", "capacity_gbits": 20}}})


_HEAD = {"instance": "head-1"}
_QUERIES: Queries = {
    'node_load5{instance="head-1"}': lambda now: [(_HEAD, 5 + 4 * now.activity + 2 * now.noise("head/load", 1800))],
    '1 - node_memory_MemAvailable_bytes{instance="head-1"} / node_memory_MemTotal_bytes': lambda now: [
        (_HEAD, 0.52 + 0.1 * now.activity + 0.03 * now.noise("head/memory"))
    ],
    '1 - node_filesystem_avail_bytes{instance="head-1"} / node_filesystem_size_bytes': lambda now: [
        (_HEAD | {"mountpoint": "/"}, 0.41 + 0.01 * now.noise("head/root", DAY)),
        (_HEAD | {"mountpoint": "/var"}, var_used(now)),
    ],
}


def machine_metrics(now: Snapshot, query: Mapping[str, str]) -> MonitorAnswer:
    """The Prometheus server that watches the machines."""
    return answered(now, query.get("query", ""), _QUERIES)
