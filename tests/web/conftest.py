"""A site without runs, and a visitor of one with three."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from visiting import NOON, Client, write_site

from happyface.acquire.run import cycle
from happyface.site.live import LiveSite
from happyface.web.app import create_app


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveSite]:
    """A site without any run."""
    found = LiveSite(write_site(tmp_path), patience=3600)  # tests say when it is to be read anew
    yield found
    found.close()


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A visitor of a site with three runs; in the first everything was well. To be read only."""
    live = LiveSite(write_site(tmp_path_factory.mktemp("site")))
    for number, value in enumerate((1, 50, 50)):
        (live.root / "bad.json").write_text(json.dumps({"value": value}))
        cycle(live.site, live.store, NOON + number * timedelta(minutes=15))
    yield Client(create_app(live))
    live.close()
