"""What the modules make of the simulated site's answers."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from demo_world import NOON, Look, when

from happyface.acquire.run import cycle
from happyface.contract.states import face
from happyface.demo.incidents import Kind
from happyface.demo.server import Server
from happyface.demo.site import DemoSite
from happyface.demo.world import HOUR, World
from happyface.model.results import FinishedRun
from happyface.site import read_site
from happyface.store import Store

SEEN_IN = {
    Kind.POOLS: {"batch", "phedex_prod", "dcache", "grid"},
    Kind.DISK: {"infrastructure"},
    Kind.NETWORK: {"infrastructure"},
    Kind.BATCH: {"batch", "grid"},
    Kind.COOLING: {"infrastructure", "batch"},
    Kind.REMOTE: {"phedex_prod"},
    Kind.ACCOUNTING: {"grid"},
    Kind.MAINTENANCE: {"news", "dcache", "grid", "phedex_prod"},
}
"""Categories that are neutral or unhappy at the height of an incident."""


def rated(run: FinishedRun) -> dict[str, float]:
    """The statuses of the categories."""
    said = {outcome.instance: (outcome.status, outcome.sentence) for outcome in run.outcomes}
    return {category.name: run.outline.rate_category(category.name, said)[0] for category in run.outline.categories}


def troubled(run: FinishedRun) -> set[str]:
    return {name for name, status in rated(run).items() if 0 <= status < 0.66}


def unknown(run: FinishedRun) -> set[str]:
    return {outcome.instance for outcome in run.outcomes if outcome.status < 0}


def quiet_time(world: World) -> int:
    """A time at which nothing has happened for a day."""
    return next(
        time for time in range(NOON, 0, -HOUR) if not world.at(time).recent(1.3) and world.at(time).activity < 1
    )


def test_every_answer_is_read_by_its_module(look: Look) -> None:
    world = World(7)
    run = look(quiet_time(world), world)
    assert len(run.outcomes) == 29
    assert {outcome.instance: outcome.sentence for outcome in run.outcomes if outcome.status < 1} == {}
    assert all(not outcome.detail for outcome in run.outcomes)
    assert list(rated(run).values()) == [1.0] * 8


@pytest.mark.parametrize("kind", SEEN_IN)
def test_an_incident_shows_in_several_categories(look: Look, kind: Kind) -> None:
    world = World(7)
    found = when(kind, world)
    height = found.end - (found.end - found.begin) // 5 if kind is not Kind.NETWORK else found.begin + HOUR // 2
    run = look(height, world)
    assert SEEN_IN[kind] <= troubled(run)
    assert all(not outcome.detail for outcome in run.outcomes)


def test_without_the_network_sources_elsewhere_do_not_answer(look: Look) -> None:
    world = World(7)
    run = look(when(Kind.NETWORK, world).begin + HOUR // 2, world)
    assert {"sam_tests", "apel", "site_readiness", "phedex_prod_to", "phedex_debug_from", "news_wlcg"} <= unknown(run)
    assert "pools_disk" not in unknown(run)
    assert {name for name, status in rated(run).items() if status < 0} == {"grid", "phedex_prod", "phedex_debug"}


def test_the_page_is_worth_looking_at_when_the_demo_starts(look: Look) -> None:
    run = look(NOON)
    faces = {outcome.instance: face(outcome.status) for outcome in run.outcomes}
    assert {faces["pools_disk"], faces["phedex_prod_to"], faces["sam_tests"]} == {"unhappy"}
    assert {faces["head_node"], faces["jobs"]} == {"neutral"}
    assert faces["site_readiness"] == "noinfo"
    assert 5 <= sum(face != "happy" for face in faces.values()) <= 12


def test_what_is_acquired_really_is_what_the_past_would_say(
    demo: DemoSite, look: Look, simulated: Server, tmp_path: Path
) -> None:
    site = read_site(demo.root)
    with Store(f"sqlite:///{tmp_path}/real.db", tmp_path / "archive", site.outline) as store:
        real = cycle(site, store, datetime.fromtimestamp(NOON, UTC))
        said = {change.name: change.sentence for change in real.changes}
    past = {outcome.instance: outcome for outcome in look(NOON).outcomes}
    assert real.statuses.keys() - past.keys() == {"this_machine", "plots_of_the_day"}
    assert {name: real.statuses[name] for name in past} == {name: outcome.status for name, outcome in past.items()}
    clocked = {name for name, instance in site.instances.items() if instance.module.name == "http_probe"}
    assert {name: said[name] for name in past if name not in clocked} == {
        name: outcome.sentence for name, outcome in past.items() if name not in clocked
    }
