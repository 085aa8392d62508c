"""Nagios: what the samples cannot show."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from happyface import Fetched, SourceError
from happyface.modules.nagios import Nagios
from happyface.modules.nagios.answers import Answer, read

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
MS = int(NOW.timestamp()) * 1000


def fetched(folder: Path, body: str, name: str = "answer") -> Fetched:
    path = folder / name
    path.write_bytes(body.encode("utf-8"))
    return Fetched(name, file=path)


def answer(folder: Path, query: str, data: object, **result: object) -> Fetched:
    head = {"query_time": MS, "last_data_update": MS, "type_code": 0, **result}
    return fetched(folder, json.dumps({"result": head, "data": {query: data}}), query)


def services(folder: Path, **states: Any) -> Fetched:
    return answer(folder, "servicelist", {"h": states})


def result_of(source: Fetched, hosts: Fetched | None = None, **settings: object) -> Any:
    config = Nagios.Config.model_validate({"source": "file:x", **settings})
    return Nagios("nagios", config, NOW).extract(source, hosts)


@pytest.mark.parametrize(
    ("bit", "word"),
    [(1, "pending"), (2, "ok"), (4, "warning"), (8, "unknown"), (16, "critical"), (0, "unknown"), (3, "unknown")],
)
def test_the_cgis_states_are_bits(tmp_path: Path, bit: int, word: str) -> None:
    found = read(services(tmp_path, s={"status": bit}), NOW)
    assert [check.state for check in found.services or []] == [word]


@pytest.mark.parametrize(("bit", "word"), [(1, "pending"), (2, "up"), (4, "down"), (8, "unreachable")])
def test_the_cgis_hosts(tmp_path: Path, bit: int, word: str) -> None:
    found = read(answer(tmp_path, "hostlist", {"h": {"status": bit}}), NOW)
    assert [check.state for check in found.hosts or []] == [word]


def test_the_cgi_counts_milliseconds(tmp_path: Path) -> None:
    found = read(services(tmp_path, s={"status": 2, "last_check": MS - 1500, "last_state_change": 0}), NOW)
    [check] = found.services or []
    assert check.checked == NOW - timedelta(seconds=1.5)
    assert check.since is None


def status_dat(*blocks: str, created: int = MS // 1000) -> str:
    return "\n".join(["# comment", f"info {{\n\tcreated={created}\n\t}}\n", *blocks])


def block(kind: str, **values: object) -> str:
    return f"{kind} {{\n" + "".join(f"\t{key}={value}\n" for key, value in values.items()) + "\t}\n"


def dat(folder: Path, *blocks: str) -> Answer:
    return read(fetched(folder, status_dat(*blocks)), NOW)


@pytest.mark.parametrize(
    ("code", "word"), [(0, "ok"), (1, "warning"), (2, "critical"), (3, "unknown"), (4, "unknown"), ("", "unknown")]
)
def test_status_dats_states_count_from_0(tmp_path: Path, code: object, word: str) -> None:
    found = dat(tmp_path, block("servicestatus", host_name="h", service_description="s", current_state=code))
    assert [check.state for check in found.services or []] == [word]


def test_status_dats_values_may_hold_anything(tmp_path: Path) -> None:
    output = "a=b; {c} } \x0b \x85 \u2028 ü"
    found = dat(tmp_path, block("servicestatus", host_name="h", current_state=0, plugin_output=output))
    assert [check.output for check in found.services or []] == [output]


def test_status_dat_counts_seconds(tmp_path: Path) -> None:
    body = status_dat(block("hoststatus", host_name="h", current_state=0, last_check=MS // 1000 - 60))
    found = read(fetched(tmp_path, body), NOW)
    assert [check.checked for check in found.hosts or []] == [NOW - timedelta(minutes=1)]


@pytest.mark.parametrize("dialect", ["json", "dat"])
def test_never_checked_is_neither_good_nor_bad(tmp_path: Path, dialect: str) -> None:
    if dialect == "json":
        source = services(tmp_path, a={"status": 16, "has_been_checked": False}, b={"status": 2})
    else:
        never = block("servicestatus", host_name="h", service_description="a", current_state=2, has_been_checked=0)
        source = fetched(
            tmp_path,
            status_dat(never, block("servicestatus", host_name="h", service_description="b", current_state=0)),
        )
    found = result_of(source)
    assert (found.data.pending, found.data.critical, found.data.ok) == (1, 0, 1)


def test_handled_problems_do_not_rate(tmp_path: Path) -> None:
    source = services(
        tmp_path,
        a={"status": 16, "problem_has_been_acknowledged": True},
        b={"status": 4, "scheduled_downtime_depth": 2},
        c={"status": 2, "scheduled_downtime_depth": 1},
    )
    found = result_of(source)
    assert (found.data.handled, found.data.critical, found.data.warning, found.data.ok) == (2, 0, 0, 1)
    assert Nagios("n", Nagios.Config.model_validate({"source": "file:x"}), NOW).status_of(found.data) == 1.0


@pytest.mark.parametrize("known", [{"problem_has_been_acknowledged": True}, {"scheduled_downtime_depth": 1}])
def test_a_host_that_is_handled_takes_its_services_along(tmp_path: Path, known: dict[str, object]) -> None:
    hosts = answer(tmp_path, "hostlist", {"h": {"status": 4, **known}})
    found = result_of(services(tmp_path, a={"status": 16}), hosts)
    assert (found.data.critical, found.data.handled) == (0, 1)
    assert (found.data.hosts_down, found.data.hosts_handled) == (0, 1)


def test_a_state_that_somebody_knows_about_is_well(tmp_path: Path) -> None:
    source = services(
        tmp_path,
        a={"status": 16, "problem_has_been_acknowledged": True},
        b={"status": 16},
        c=4,
        d=8,
        e=2,
        f=1,
        g={"status": 2, "scheduled_downtime_depth": 1},
    )
    states = [(row.state, row.state.status) for row in result_of(source).rows]
    assert states == [
        ("critical, acknowledged", 1.0),
        ("critical", 0.0),
        ("warning", 0.5),
        ("unknown", 0.5),
        ("ok", 1.0),
        ("pending", -1.0),
        ("ok", 1.0),
    ]


def test_only_problems_get_rows_when_asked(tmp_path: Path) -> None:
    source = services(tmp_path, a=2, b=4, c=1)
    assert [row.service for row in result_of(source, only_problems=True).rows] == ["b", "c"]


@pytest.mark.parametrize(("age", "known"), [(0, True), (60, True), (61, False), (85, False), (-60, True), (-61, False)])
def test_old_data_is_not_known(tmp_path: Path, age: int, known: bool) -> None:
    source = answer(tmp_path, "servicelist", {"h": {"s": 2}}, last_data_update=MS - age * 1000)
    if known:
        assert result_of(source).data.taken == NOW - timedelta(seconds=age)
    else:
        with pytest.raises(SourceError, match="Nagios' data is of"):
            result_of(source)


def test_the_servers_own_clock_tells_how_old_it_is(tmp_path: Path) -> None:
    hour = 3600 * 1000
    source = answer(tmp_path, "servicelist", {"h": {"s": 2}}, query_time=MS - hour, last_data_update=MS - hour - 1000)
    assert result_of(source).data.ok == 1
    late = answer(tmp_path, "servicelist", {"h": {"s": 2}}, query_time=MS + hour)
    with pytest.raises(SourceError, match="Nagios' data is of 2026-11-22 18:00 UTC"):
        result_of(late)


def test_without_a_clock_of_its_own_ours_tells(tmp_path: Path) -> None:
    source = answer(tmp_path, "servicelist", {"h": {"s": 2}}, query_time=None, last_data_update=MS - 7200_000)
    with pytest.raises(SourceError, match="2026-11-22 16:00 UTC"):
        result_of(source)


def test_the_older_of_two_answers_counts(tmp_path: Path) -> None:
    hosts = answer(tmp_path, "hostlist", {"h": 2}, last_data_update=MS - 7200_000)
    with pytest.raises(SourceError, match="of 2026-11-22 16:00 UTC"):
        result_of(services(tmp_path, s=2), hosts)
    hosts = answer(tmp_path, "hostlist", {"h": 2}, last_data_update=MS - 60_000)
    assert result_of(services(tmp_path, s=2), hosts).data.taken == NOW - timedelta(minutes=1)


def test_a_time_that_is_missing_is_not_known(tmp_path: Path) -> None:
    assert result_of(answer(tmp_path, "servicelist", {"h": {"s": 2}}, last_data_update=0)).data.taken is None


def test_nothing_checked_is_not_known(tmp_path: Path) -> None:
    assert result_of(services(tmp_path, a=1, b=1)).status == -1


def test_optional_hosts_are_not_asked_for() -> None:
    config = Nagios.Config.model_validate({"source": "file:x"})
    assert list(Nagios("nagios", config, NOW).sources()) == ["source"]
    config = Nagios.Config.model_validate({"source": "file:x", "hosts": "file:y"})
    assert list(Nagios("nagios", config, NOW).sources()) == ["source", "hosts"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "it has probably been stopped"),
        ("\n", "it has probably been stopped"),
        ('{"result": {}, "data": []}', "not of Nagios' statusjson.cgi"),
        ('{"result": {"type_code": 1, "type_text": "Fault"}, "data": {}}', "Nagios answered: Fault."),
        ('{"result": {"type_code": 0}, "data": {}}', "has no servicelist"),
        ("[1, 2]", "neither"),
        ("<html></html>", "neither"),
    ],
)
def test_other_answers(tmp_path: Path, body: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        read(fetched(tmp_path, body), NOW)
