"""Fetching as one run does it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from happyface.acquire.fetching import fetcher
from happyface.acquire.fetching.cache import Cache
from happyface.acquire.fetching.fetcher import Fetcher
from happyface.acquire.workers.forking import Zygote
from happyface.contract.fetched import Fetched
from happyface.contract.source import Source
from happyface.site.settings import DownloadSettings
from making import Fetch, FetchOne


@pytest.fixture(autouse=True)
def _quick_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "FIRST_PAUSE", 0.05)


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """What commands are forked from."""
    started = Zygote()
    yield started
    started.close()


@pytest.fixture
def fetch_all(tmp_path: Path, zygote: Zygote) -> Fetch:
    """Fetches sources as one run does; the answers by the texts of the sources."""

    def run(*texts: str | Source, **settings: Any) -> dict[str, Fetched]:
        sources = {str(each): Source.model_validate(each) for each in texts}
        directory = tmp_path / "tmp"
        directory.mkdir(exist_ok=True)
        cache = Cache(tmp_path / "cache")
        limits = DownloadSettings.model_validate({"timeout": 5, "retries": 0} | settings)
        answers = Fetcher(limits, tmp_path, directory, cache, zygote).fetch(sources.values())
        cache.save(sources.values())
        return {text: answers[source.identity] for text, source in sources.items()}

    return run


@pytest.fixture
def fetch_one(fetch_all: Fetch) -> FetchOne:
    """Fetches one source."""

    def run(text: str, settings: dict[str, Any] | None = None, **options: Any) -> Fetched:
        source = Source.model_validate({"": text} | options)
        (answer,) = fetch_all(source, **(settings or {})).values()
        return answer

    return run
