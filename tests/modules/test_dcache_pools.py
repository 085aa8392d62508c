"""dCache's pools: what the samples cannot show."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from happyface import Fetched, SourceError
from happyface.acquire.workers.extract import extract
from happyface.model.results import Outcome
from happyface.modules.dcache_pools import DCachePools
from happyface.site.nesting import nested_settings
from happyface.store.writing.batch import page_order

NAMESPACE = ' xmlns="http://www.dcache.org/2008/01/Info"'


def pool(name: str, *groups: str, extra: str = "", **space: object) -> str:
    references = "".join(f'<poolgroupref name="{group}"/>' for group in groups)
    metrics = "".join(f'<metric name="{key}" type="integer">{value}</metric>' for key, value in space.items())
    spaces = f"<space>{metrics}</space>" if space else ""
    return f'<pool name="{name}">{extra}<poolgroups>{references}</poolgroups>{spaces}</pool>'


def filled(name: str, free: int, removable: int = 0, total: int = 1000) -> str:
    return pool(name, total=total, free=free, removable=removable, precious=0)


def outcome(folder: Path, *pools: str, namespace: str = NAMESPACE, **settings: str) -> Outcome:
    path = folder / "pools.xml"
    path.write_text(f"<dCache{namespace}><pools>{''.join(pools)}</pools></dCache>", "utf-8")
    flat = {"source": "file:x", **{key.replace("__", "."): text for key, text in settings.items()}}
    config = DCachePools.Config.model_validate(nested_settings(DCachePools.Config, flat))
    found = extract(DCachePools, "pools", config, datetime.now(UTC), {"source": Fetched("x", file=path)})
    assert found.detail == ""
    return found


def value(found: Outcome, name: str) -> object:
    return (found.data or [])[DCachePools.declared.tables[""].index(name)]


def rows(found: Outcome, name: str) -> list[object]:
    return [row[DCachePools.declared.tables["pool"].index(name)] for row in found.rows["pool"]]


@pytest.mark.parametrize("namespace", [NAMESPACE, "", ' xmlns="http://example.org/other"'])
def test_with_and_without_the_namespace(tmp_path: Path, namespace: str) -> None:
    assert outcome(tmp_path, filled("a", 500), namespace=namespace).status == 1.0


@pytest.mark.parametrize(
    ("free", "removable", "status"),
    [(151, 0, 1.0), (150, 0, 0.5), (100, 50, 0.5), (101, 0, 0.5), (100, 0, 0.0), (0, 100, 0.0), (0, 0, 0.0)],
)
def test_the_whole_by_the_ratio_of_the_sums(tmp_path: Path, free: int, removable: int, status: float) -> None:
    loose = {"limits__pool__free_share": ""}
    assert outcome(tmp_path, filled("a", free, removable), **loose).status == status


def test_sums_not_averages(tmp_path: Path) -> None:
    found = outcome(tmp_path, filled("small", 100, total=100), filled("large", 100, total=9900))
    assert value(found, "free_share") == 0.02


@pytest.mark.parametrize(
    ("warning", "critical", "status"), [(0, 0, 1.0), (1, 0, 0.5), (4, 0, 0.5), (5, 0, 0.0), (0, 1, 0.5), (0, 2, 0.0)]
)
def test_the_whole_by_the_numbers_of_pools(tmp_path: Path, warning: int, critical: int, status: float) -> None:
    pools = [filled(f"w{i}", 50) for i in range(warning)] + [filled(f"c{i}", 20) for i in range(critical)]
    found = outcome(tmp_path, filled("empty", 10**6, total=10**6), *pools)
    assert (value(found, "pools_warning"), value(found, "pools_critical")) == (warning, critical)
    assert found.status == status


def test_pools_are_rated_by_the_instances_limits(tmp_path: Path) -> None:
    found = outcome(tmp_path, filled("a", 400), limits__pool__free_share="warning <= 0.5, critical <= 0.4")
    assert value(found, "pools_critical") == 1


def test_a_pool_without_sizes_never_gets_its_neighbours(tmp_path: Path) -> None:
    found = outcome(tmp_path, filled("a", 300), pool("b"), filled("c", 700), pool("d", total=1000, free=5))
    assert rows(found, "name") == ["a", "c"]
    assert value(found, "total") == 2000
    assert value(found, "pools_without_size") == 2
    assert "without sizes: b, d" in found.sentence


@pytest.mark.parametrize("broken", ["", "many", "-5", "1e3", "NaN", "٣"])
def test_a_size_that_is_no_number_is_none(tmp_path: Path, broken: str) -> None:
    found = outcome(tmp_path, filled("a", 300), pool("b", total=broken, free=1, removable=1))
    assert "without sizes: b" in found.sentence


def test_a_pool_without_any_space_is_critical(tmp_path: Path) -> None:
    found = outcome(tmp_path, filled("a", 900), filled("b", 0, total=0))
    assert rows(found, "free_share") == [0.9, 0.0]
    assert value(found, "pools_critical") == 1
    assert "Full: b" in found.sentence
    assert outcome(tmp_path, filled("b", 0, total=0)).status == 0.0


def test_sizes_deeper_down_are_not_the_pools(tmp_path: Path) -> None:
    queue = '<queues><space><metric name="total">9</metric><metric name="free">9</metric></space></queues>'
    found = outcome(tmp_path, filled("a", 300), pool("b", extra=queue))
    assert "without sizes: b" in found.sentence


def test_precious_is_known_only_when_all_tell_it(tmp_path: Path) -> None:
    assert value(outcome(tmp_path, filled("a", 300)), "precious") == 0
    found = outcome(tmp_path, filled("a", 300), pool("b", total=10, free=5, removable=0))
    assert value(found, "precious") is None


def test_groups_are_exact(tmp_path: Path) -> None:
    pools = [pool(name, name, "all", total=9, free=9, removable=0) for name in ("cms", "cms-tape", "xcms", "CMS")]
    assert rows(outcome(tmp_path, *pools, pool_group="cms"), "name") == ["cms"]
    assert rows(outcome(tmp_path, *pools, pool_group="CMS, xcms"), "name") == ["xcms", "CMS"]
    assert rows(outcome(tmp_path, *pools, pool_group="all"), "groups") == [
        "cms, all",
        "cms-tape, all",
        "xcms, all",
        "CMS, all",
    ]
    assert outcome(tmp_path, *pools, pool_group="cm*").status == -1


def test_disabled_pools_are_named(tmp_path: Path) -> None:
    off = '<metric name="enabled" type="boolean">false</metric>'
    found = outcome(tmp_path, filled("a", 900), pool("b", extra=off, total=10, free=10, removable=0))
    assert "disabled: b" in found.sentence
    assert rows(found, "enabled") == [None, False]
    assert found.status == 1.0


def test_many_names_are_counted(tmp_path: Path) -> None:
    found = outcome(tmp_path, filled("a", 900), *[pool(f"p{i}") for i in range(9)])
    assert "without sizes: p0, p1, p2, p3, p4 and 4 more" in found.sentence


def test_what_could_not_be_fetched_is_not_known() -> None:
    module = DCachePools("pools", DCachePools.Config.model_validate({"source": "file:x"}), datetime.now(UTC))
    with pytest.raises(SourceError, match="refused"):
        module.extract(Fetched("x", "The connection was refused"))


def test_what_the_sentence_names_stands_before_what_is_well(tmp_path: Path) -> None:
    disabled = '<metric name="enabled" type="boolean">false</metric>'
    enabled = disabled.replace("false", "true")
    sizes = {"total": 1000, "removable": 0}
    pools = (
        pool("roomy", extra=enabled, free=900, **sizes),
        pool("fuller", extra=enabled, free=300, **sizes),
        pool("off", extra=disabled, free=950, **sizes),
        pool("full", extra=enabled, free=1, **sizes),
        pool("unsaid", free=200, **sizes),
    )
    found, table = outcome(tmp_path, *pools), DCachePools.declared.tables["pool"]
    limits = {column.name: column.limits for column in table.columns if column.limits}
    names = rows(found, "name")
    order = [names[position] for position in page_order(table, found.rows["pool"], limits, 0.0)]
    assert "Full: full · disabled: off" in found.sentence
    assert order == ["full", "off", "fuller", "roomy", "unsaid"]
