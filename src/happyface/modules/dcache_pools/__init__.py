"""dCache: space and state of pools, from the XML of the info service (``/info/pools``)."""

from typing import Any

from lxml import etree

from happyface import (
    Above,
    Bars,
    Below,
    Bytes,
    Fetched,
    Field,
    Module,
    Result,
    Share,
    Source,
    SourceError,
    Unknown,
    column,
)
from happyface.kit import named, named_groups, total


class DCachePools(Module):
    """Space and state of dCache's pools, from the XML of its info service."""

    class Config(Module.Config):
        source: Source = Field(description="the info service: `http://HOST:2288/info/pools`")
        pool_group: list[str] = Field([], description="only the pools of these pool groups; by default all pools")

    class Data(Module.Data):
        free_share: Share = column("Free or removable", limits=Below(warning=0.15, critical=0.10), main=True)
        total: Bytes
        free: Bytes
        removable: Bytes
        precious: Bytes | None
        pools: int = column("Pools", description="those whose sizes are known")
        pools_warning: int = column("Pools in warning", limits=Above(warning=1, critical=5))
        pools_critical: int = column("Pools in critical", limits=Above(warning=1, critical=2))
        pools_disabled: int = column("Disabled pools")
        pools_without_size: int = column("Pools without sizes")

    class Pool(
        Module.Row,
        key="name",
        sort="enabled, free_share",  # disabled ones first
        charts=[Bars("used", "removable", "free", stacked=True)],
    ):
        """Pools"""

        name: str
        free_share: Share = column("Free or removable", limits=Below(warning=0.05, critical=0.02))
        total: Bytes
        free: Bytes
        removable: Bytes
        used: Bytes = column("In use", description="neither free nor removable", hidden=True)
        precious: Bytes | None
        enabled: bool | None
        groups: str = column("Pool groups", detail=True)

    config: Config

    def extract(self, source: Fetched) -> Result:
        selected = self._selected(_pools(source))
        rows = [(_name(element), self._pool(element)) for element in selected]
        pools = [pool for _, pool in rows if pool]
        without = [name for name, pool in rows if not pool]
        if not pools:
            raise SourceError(f"None of the {len(selected)} selected pools tells its size: {named(without, 5)}")
        disabled = [_name(element) for element in selected if _is_enabled(element) is False]
        statuses = [self.status_of(pool) for pool in pools]
        data = self.Data(
            **_sums(pools),
            pools=len(pools),
            pools_warning=statuses.count(0.5),
            pools_critical=statuses.count(0.0),
            pools_disabled=len(disabled),
            pools_without_size=len(without),
        )
        garbled = [_name(element) for element in selected if _is_garbled(element)]
        unknown = Unknown(len(selected), garbled, [name for name in without if name not in garbled])
        return Result(data, pools, sentence=self._sentence(pools, without, disabled), unknown=unknown)

    def _selected(self, pools: list[etree._Element]) -> list[etree._Element]:
        if not pools:
            raise SourceError("dCache's info service lists no pool")
        wanted = set(self.config.pool_group)
        selected = [pool for pool in pools if not wanted or wanted.intersection(_groups(pool))]
        if not selected:
            known = sorted({group for pool in pools for group in _groups(pool)})
            raise SourceError(f"No pool is in {named(self.config.pool_group)}; the pool groups are {named(known, 10)}")
        return selected

    def _pool(self, element: etree._Element) -> Pool | None:
        """The row of a pool; None when it does not tell its size."""
        total, free, removable = (_size(element, name) for name in ("total", "free", "removable"))
        if total == 0:
            free, removable = free or 0, removable or 0
        if total is None or free is None or removable is None:
            return None
        return self.Pool(
            name=_name(element),
            free_share=_share(free + removable, total),
            total=total,
            free=free,
            removable=removable,
            used=max(0, total - free - removable),
            precious=_size(element, "precious"),
            enabled=_is_enabled(element),
            groups=", ".join(_groups(element)),
        )

    def _sentence(self, pools: list[Pool], without: list[str], disabled: list[str]) -> str:
        full = sorted((pool for pool in pools if self.status_of(pool) < 1), key=lambda pool: pool.free_share)
        groups = {"Full": [pool.name for pool in full], "without sizes": without, "disabled": disabled}
        return named_groups(groups, 5)


def _pools(source: Fetched) -> list[etree._Element]:
    """The pools that the answer describes, with or without the namespace; a ``poolref`` elsewhere is none."""
    lists = list(source.xml().iter("{*}pools"))
    if not lists:
        raise SourceError(f"{source.url} is XML, but not of dCache's info service: it has no pools")
    return [pool for pools in lists for pool in pools.iterfind("{*}pool")]


def _name(pool: etree._Element) -> str:
    return pool.get("name") or "(no name)"


def _groups(pool: etree._Element) -> list[str]:
    return [name for group in pool.iterfind("{*}poolgroups/{*}poolgroupref") if (name := group.get("name"))]


def _metric(element: etree._Element, name: str) -> str:
    """The text of a metric that is the element's own."""
    texts = (metric.text for metric in element.iterfind("{*}metric") if metric.get("name") == name)
    return (next(texts, None) or "").strip()


def _size(pool: etree._Element, name: str) -> int | None:
    space = pool.find("{*}space")
    text = "" if space is None else _metric(space, name)
    return int(text) if text.isascii() and text.isdecimal() else None


def _is_garbled(pool: etree._Element) -> bool:
    """Whether a pool tells a size that is no number: it may be a full one."""
    space = pool.find("{*}space")
    names = ("total", "free", "removable") if space is not None else ()
    return any(_metric(space, name) and _size(pool, name) is None for name in names if space is not None)


def _is_enabled(pool: etree._Element) -> bool | None:
    return {"true": True, "false": False}.get(_metric(pool, "enabled").lower())


def _share(free: float, total: float) -> float:
    """A pool whose total is 0 has no space left."""
    return free / total if total else 0.0


def _sums(pools: list[DCachePools.Pool]) -> dict[str, Any]:
    names = ("total", "free", "removable", "precious")
    sums: dict[str, Any] = {name: total(getattr(pool, name) for pool in pools) for name in names}
    return sums | {"free_share": _share(sums["free"] + sums["removable"], sums["total"])}
