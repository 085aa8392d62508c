"""What the samples of prometheus cannot show: its addresses and settings."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from happyface import Fetched
from happyface.contract.source import Source
from happyface.modules.prometheus import Prometheus
from happyface.site.nesting import nested_settings

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
SERVER = {"url": "http://prometheus.example.org:9090", "query.load": "node_load1"}


def config(settings: dict[str, str]) -> Prometheus.Config:
    return Prometheus.Config.model_validate(nested_settings(Prometheus.Config, settings))


def sources(settings: dict[str, str]) -> dict[str, Source]:
    found: dict[str, Source] = Prometheus("prometheus", config(settings), NOW).sources()["query"]
    return found


def faults(settings: dict[str, str]) -> dict[tuple[Any, ...], str]:
    with pytest.raises(ValidationError) as caught:
        config(settings)
    return {each["loc"]: each["msg"] for each in caught.value.errors()}


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("https://p.example.org/prom/", "https://p.example.org/prom/api/v1/query?query=up"),
        ("https://p.example.org/?dedup=true", "https://p.example.org/api/v1/query?dedup=true&query=up"),
    ],
)
def test_addresses(base: str, address: str) -> None:
    assert sources({"url": base, "query.up": "up"})["up"].target == address


def test_a_query_is_quoted() -> None:
    target = sources({**SERVER, "query.x": 'sum(rate(a{b="c d"}[5m])) + 1 & 2'})["x"].target
    assert target.endswith("?query=sum%28rate%28a%7Bb%3D%22c%20d%22%7D%5B5m%5D%29%29%20%2B%201%20%26%202")


def test_options_of_the_server_are_those_of_its_queries() -> None:
    found = sources({**SERVER, "url.user": "shifter", "url.verify": "no", "url.header.x-scope-orgid": "grid"})
    assert (found["load"].user, found["load"].verify, found["load"].header) == (
        "shifter",
        False,
        {"x-scope-orgid": "grid"},
    )


def test_titles_of_series_with_many_labels_are_short_and_stay_apart(tmp_path: Path) -> None:
    labels = {f"label{number}": "x" * 40 for number in range(9)}
    series = [{"metric": labels | {"zone": zone}, "value": [0, "1"]} for zone in "ab"]
    answer = tmp_path / "answer.json"
    answer.write_text(json.dumps({"status": "success", "data": {"resultType": "vector", "result": series}}), "utf-8")
    result = Prometheus("prometheus", config(SERVER), NOW).extract({"load": Fetched("u", file=answer, status=200)})
    titles = [row.title for row in result.rows if isinstance(row, Prometheus.Query)]
    assert [len(title) for title in titles] == [200, 200]
    assert len(set(titles)) == 2


def test_wrong_limits_are_told_where_they_stand() -> None:
    found = faults({**SERVER, "limit.load": "warning > lots"})
    assert "'>' compares numbers" in found[("limit", "load")]
    assert "is not a limit" in faults({**SERVER, "limit.load": "> 5"})[("limit", "load")]


def test_limits_wear_the_unit() -> None:
    limits = config({**SERVER, "unit.load": "bytes", "limit.load": "critical > 10 GB"})
    assert limits.limit == {"load": "critical > 10 GB"}
    assert ("limit", "load") in faults({**SERVER, "limit.load": "critical > 10 GB"})


@pytest.mark.parametrize("key", ["label", "unit", "limit", "empty"])
def test_misspelt_names_are_told(key: str) -> None:
    found = faults({**SERVER, f"{key}.laod": "fine" if key == "empty" else ""})
    assert "did you mean 'load'?" in found[(key, "laod")]


def test_what_empty_means_is_a_choice() -> None:
    assert ("empty", "load") in faults({**SERVER, "empty.load": "good"})
    assert config({**SERVER, "empty": "fine"}).empty == {"": "fine"}


def test_the_server_is_a_web_server() -> None:
    assert ("url",) in faults({**SERVER, "url": "/var/lib/prometheus"})
    assert ("query",) in faults({"url": SERVER["url"]})
