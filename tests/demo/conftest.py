"""A demo's site without its past, and the simulated site around it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_world import NOON, Look

from happyface.demo.incidents import Start
from happyface.demo.past import Past
from happyface.demo.server import Server, serving
from happyface.demo.site import DemoSite, open_demo, simulated_part
from happyface.demo.world import World
from happyface.model.results import FinishedRun
from happyface.site import read_site


@pytest.fixture
def server() -> Iterator[Server]:
    """The simulated site at noon, on a port of its own, not yet answering."""
    server = Server(World(2012, (Start(NOON),)), clock=lambda: NOON)
    yield server
    server.server_close()


@pytest.fixture
def demo(tmp_path: Path, server: Server) -> DemoSite:
    """A demo that was started at noon."""
    return open_demo(tmp_path / "demo").started(NOON, None).save(server.port)


@pytest.fixture
def look(demo: DemoSite, tmp_path: Path) -> Look:
    """What HappyFace would have seen at a time."""

    def at(time: int, world: World = demo.world) -> FinishedRun:
        directory = tmp_path / f"at-{time}"
        directory.mkdir(exist_ok=True)
        return Past(simulated_part(read_site(demo.root), demo.address), world).run(time, directory)

    return at


@pytest.fixture
def simulated(demo: DemoSite, server: Server) -> Iterator[Server]:
    """The simulated site at noon, answering."""
    assert server.world == demo.world
    with serving(server):
        yield server
