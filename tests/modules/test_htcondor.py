"""HTCondor: what the samples cannot show."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from happyface import Fetched
from happyface.acquire.workers.extract import extract
from happyface.model.results import Outcome
from happyface.modules.htcondor import HTCondor
from happyface.site.nesting import nested_settings

NOW = 1795370400


def job(status: int, owner: str = "alice", **attributes: object) -> dict[str, object]:
    return {"JobStatus": status, "Owner": owner, "ServerTime": NOW, "RequestCpus": 1, **attributes}


def running(cpu: object, wall: int, **attributes: object) -> dict[str, object]:
    return job(2, JobCurrentStartDate=NOW - wall, **{"RemoteUserCpu": cpu, **attributes})


def slot(state: str, cores: int, **attributes: object) -> dict[str, object]:
    return {"State": state, "Cpus": cores, **attributes}


def outcome(folder: Path, jobs: list[Any], machines: list[Any] | None = None, **settings: str) -> Outcome:
    fetched = {}
    for name, ads in (("jobs", jobs), ("machines", machines)):
        if ads is not None:
            path = folder / name
            path.write_text(json.dumps(ads) if ads else "", "utf-8")
            fetched[name] = Fetched(name, file=path, ended_well=True)
    flat = dict.fromkeys(fetched, "file:x") | {k.replace("__", "."): text for k, text in settings.items()}
    config = HTCondor.Config.model_validate(nested_settings(HTCondor.Config, flat))
    assert list(HTCondor("condor", config, datetime.now(UTC)).sources()) == list(fetched)
    found = extract(HTCondor, "condor", config, datetime.fromtimestamp(NOW, UTC), fetched)
    assert found.detail == ""
    return found


def value(found: Outcome, name: str) -> Any:
    return (found.data or [])[HTCondor.declared.tables[""].index(name)]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (1, "queued"),
        (2, "running"),
        (3, "removed"),
        (4, "completed"),
        (5, "held"),
        (6, "transferring"),
        (7, "suspended"),
    ],
)
def test_job_states(tmp_path: Path, status: int, name: str) -> None:
    assert value(outcome(tmp_path, [job(status)]), name) == 1


@pytest.mark.parametrize(
    ("jobs", "efficiency"),
    [
        ([running(50.0, 100)], 0.5),
        ([running(100.0, 100, RequestCpus=4)], 0.25),
        ([running(50.0, 100), running(300.0, 300)], 0.875),
        ([running(0.0, 100)], None),
        ([running(50.0, 100), running(0.0, 4000)], 0.5),
        ([running(50.0, 0)], None),
        ([running(50.0, -5)], None),
        ([running("/Expr(1 + 1)/", 100)], None),
        ([running(50.0, 100, RequestCpus="/Expr(TARGET.Cpus)/")], None),
        ([running(50.0, 100, ServerTime=None)], None),
        ([job(2, RemoteUserCpu=50.0)], None),
        ([job(1, RemoteUserCpu=50.0, JobCurrentStartDate=NOW - 100)], None),
        ([], None),
    ],
)
def test_efficiency(tmp_path: Path, jobs: list[Any], efficiency: float | None) -> None:
    assert value(outcome(tmp_path, jobs), "efficiency") == efficiency


def test_efficiency_is_by_user_too(tmp_path: Path) -> None:
    found = outcome(tmp_path, [running(50.0, 100), running(90.0, 100, Owner="bob"), job(1, "carol")])
    assert [(row[0], row[-1]) for row in found.rows["user"]] == [("alice", 0.5), ("bob", 0.9), ("carol", None)]


def test_what_has_ended_is_not_in_the_share_of_held_jobs(tmp_path: Path) -> None:
    jobs = [job(5)] * 2 + [job(1)] * 8 + [job(3)] * 5 + [job(4)] * 5
    assert value(outcome(tmp_path, jobs), "held_share") == 0.2


def test_few_jobs_are_not_rated(tmp_path: Path) -> None:
    assert outcome(tmp_path, [job(5)] * 9).status == 1.0
    assert outcome(tmp_path, [job(5)] * 10).status == 0.0


def test_other_limits_rate_few_jobs(tmp_path: Path) -> None:
    assert outcome(tmp_path, [running(1.0, 100)], limits__efficiency="warning < 0.5").status == 0.5
    assert outcome(tmp_path, [running(1.0, 100)], limits__user__efficiency="critical < 0.5").status == 0.0


def test_hold_reasons(tmp_path: Path) -> None:
    found = outcome(
        tmp_path,
        [job(5, "b", HoldReasonCode=13), job(5, "a", HoldReasonCode=13, HoldReason="no file"), job(5), job(1)],
    )
    assert found.rows["hold_reason"] == [[13, 2, "a, b", "no file"], [None, 1, "alice", ""]]


def test_partitionable_slots_count_what_they_have_left(tmp_path: Path) -> None:
    machines = [
        slot("Unclaimed", 1, PartitionableSlot=True, TotalSlotCpus=8),
        slot("Claimed", 4),
        slot("Claimed", 3),
        slot("Unclaimed", 0, PartitionableSlot=True, TotalSlotCpus=2),
        slot("Claimed", 2),
        slot("Drained", 6),
    ]
    found = outcome(tmp_path, [], machines)
    assert [value(found, name) for name in ("cores", "cores_claimed", "cores_free")] == [16, 9, 1]
    assert found.rows["slot"] == [["Claimed", 3, 9], ["Drained", 1, 6], ["Unclaimed", 1, 1]]


def test_a_slot_without_its_cores_makes_the_sum_unknown(tmp_path: Path) -> None:
    found = outcome(tmp_path, [], [{"State": "Claimed"}, slot("Unclaimed", 2)])
    assert [value(found, name) for name in ("cores", "cores_claimed", "cores_free")] == [None, None, 2]


def test_a_pool_without_slots_is_critical(tmp_path: Path) -> None:
    assert outcome(tmp_path, [], []).status == 0.0


def test_the_names_of_the_usual_expression(tmp_path: Path) -> None:
    found = outcome(tmp_path, [job(1)] * 1001, critical="queued > 1000 and running < 10")
    assert found.status == 0.0


@pytest.mark.parametrize(
    ("jobs", "where"),
    [
        ([1], "[0]"),
        ([{"JobStatus": 1}, []], "[1]"),
        ([{"Owner": "a"}], "no 'JobStatus' in [0]"),
        ({"jobs": []}, "list"),
    ],
)
def test_what_is_no_list_of_jobs_is_not_known(tmp_path: Path, jobs: Any, where: str) -> None:
    found = outcome(tmp_path, jobs)
    assert found.status == -1
    assert found.sentence.startswith("jobs is not as expected: ")
    assert where in found.sentence
