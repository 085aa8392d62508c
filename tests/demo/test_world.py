"""The simulated site is a pure function of time."""

from itertools import pairwise

import pytest
from demo_world import NOON, when

from happyface.demo.answers.monitors import ROUTES, answer_address, edition
from happyface.demo.incidents import QUIET_AFTER, QUIET_BEFORE, Incident, Kind, Start, between
from happyface.demo.world import DAY, HOUR, World

QUERIES = {
    "/nagios/cgi-bin/statusjson.cgi": "query=hostlist",
    "/prometheus/api/v1/query": 'query=node_load5{instance="head-1"}',
    "/dcache/prometheus/api/v1/query": "query=dcache_movers_queued",
    "/phedex/datasvc/xml/prod/errorlog": "from=T1_DE_KIT*",
}


@pytest.mark.parametrize("path", ROUTES)
def test_an_answer_is_the_same_whenever_it_is_asked_for(path: str) -> None:
    address = f"{path}?{QUERIES.get(path, '')}"
    first = answer_address(World(1), address, NOON)
    answer_address(World(1), address, NOON + 7 * HOUR)
    assert answer_address(World(1), address, NOON) == first
    assert first is not None
    assert first.status == 200


@pytest.mark.parametrize("path", ROUTES)
def test_answers_of_one_edition_are_equal(path: str) -> None:
    world = World(1, (Start(NOON),))
    address = f"{path}?{QUERIES.get(path, '')}"
    for time in range(NOON - 6 * HOUR, NOON + 3 * HOUR, 900):
        if edition(world, path, time) == edition(world, path, time - 900):
            assert answer_address(world, address, time) == answer_address(world, address, time - 900)


def test_worlds_differ_by_their_seeds() -> None:
    assert answer_address(World(1), "/building/status.json", NOON) != answer_address(
        World(2), "/building/status.json", NOON
    )


def test_an_unknown_address_is_not_found() -> None:
    found = answer_address(World(1), "/nothing/here", NOON)
    assert found is not None
    assert found.status == 404


def test_an_unknown_query_is_refused_as_prometheus_does() -> None:
    found = answer_address(World(1), "/prometheus/api/v1/query?query=up", NOON)
    assert found is not None
    assert (found.status, b'"status": "error"' in found.body) == (400, True)


def test_days_are_busier_than_nights_and_weekends() -> None:
    world = World(1)
    assert world.at(NOON).activity > 1.5 * world.at(NOON - 12 * HOUR).activity
    assert world.at(NOON).activity > 1.3 * world.at(NOON - DAY).activity


def test_noise_is_smooth() -> None:
    world = World(1)
    curve = [world.at(NOON + second).noise("x") for second in range(0, 4 * HOUR, 60)]
    assert all(-1 <= value <= 1 for value in curve)
    assert max(abs(after - before) for before, after in pairwise(curve)) < 0.1
    assert max(curve) - min(curve) > 0.2


def test_each_kind_of_incident_comes_every_fortnight_or_two() -> None:
    kinds = {incident.kind for incident in between(1, (), NOON - 30 * DAY, NOON)}
    assert kinds == set(Kind)


@pytest.mark.parametrize("hour", range(0, 24, 5))
def test_at_any_start_something_is_under_way(hour: int) -> None:
    start = NOON + hour * HOUR + 777
    world = World(2012, (Start(start),))
    assert {incident.kind for incident in world.at(start).incidents} == {Kind.POOLS, Kind.DISK, Kind.PORTAL}


def test_the_calendar_stays_away_from_a_start() -> None:
    for day in range(30):
        start = Start(NOON + day * DAY)
        own = {
            incident.kind for incident in between(1, (start,), start.time - QUIET_BEFORE, start.time + QUIET_AFTER - 1)
        }
        assert own == {Kind.POOLS, Kind.DISK, Kind.PORTAL, Kind.REMOTE}


def test_a_later_start_changes_nothing_that_is_stored() -> None:
    for hours in range(0, 240, 7):
        stored = NOON + hours * HOUR
        first, again = (Start(NOON),), (Start(NOON), Start(stored + HOUR, since=stored))
        for time in range(stored - 2 * DAY, stored, HOUR):
            assert World(1, again).at(time).incidents == World(1, first).at(time).incidents


@pytest.mark.parametrize("kind", Kind)
def test_an_incident_comes_and_goes(kind: Kind) -> None:
    found = when(kind, World(1))
    levels = [found.level(time) for time in range(found.begin - 60, found.end + 60, 60)]
    assert levels[0] == levels[-1] == 0
    assert max(levels) > 0.9
    assert all(0 <= level <= 1 for level in levels)


def test_a_disk_fills_up_slowly() -> None:
    disk = Incident(Kind.DISK, 0, 10 * HOUR)
    assert disk.level(HOUR) < 0.2 < 0.7 < disk.level(8 * HOUR)
