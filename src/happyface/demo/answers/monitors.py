"""What the simulated site's monitors answer: addresses, and the functions of time behind them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from happyface.demo.answers import batch, grid, infrastructure, news, pages, plots, storage, transfers
from happyface.demo.answers.answer import MonitorAnswer
from happyface.demo.incidents import Kind
from happyface.demo.world import HOUR, Snapshot, World

Query = Mapping[str, str]


@dataclass(frozen=True)
class _Route:
    """How an address is answered: the function, the seconds between its editions, and the incidents that silence it."""

    answer: Callable[[Snapshot, Query], MonitorAnswer]
    every: int = 1
    silenced: tuple[Kind, ...] = ()


_OUTSIDE = (Kind.NETWORK,)
"""Without the link to the outside, services elsewhere do not answer."""

_HALF_HOUR = HOUR // 2

# Most look anew at intervals, as real monitors do; then the past is made quickly, too: an edition is read once.
ROUTES = {
    "/": _Route(pages.index),
    "/news/gridka.rss": _Route(news.gridka, 6 * HOUR),
    "/news/wlcg.rss": _Route(news.wlcg, 8 * HOUR, _OUTSIDE),
    "/nagios/cgi-bin/statusjson.cgi": _Route(infrastructure.nagios, HOUR),
    "/prometheus/api/v1/query": _Route(infrastructure.machine_metrics),
    "/dcache/prometheus/api/v1/query": _Route(storage.storage_metrics, _HALF_HOUR),
    "/building/status.json": _Route(infrastructure.building, HOUR),
    "/network/status.json": _Route(infrastructure.network, _HALF_HOUR),
    "/htcondor/jobs.json": _Route(batch.jobs, _HALF_HOUR),
    "/htcondor/machines.json": _Route(batch.machines, _HALF_HOUR),
    "/nodes/summary.json": _Route(batch.nodes, HOUR),
    "/phedex/datasvc/xml/prod/errorlog": _Route(transfers.error_log, HOUR, _OUTSIDE),
    "/phedex/datasvc/xml/debug/errorlog": _Route(transfers.debug_error_log, 2 * HOUR, _OUTSIDE),
    "/phedex/datasvc/json/prod/agents": _Route(transfers.agents, HOUR, _OUTSIDE),
    "/dcache/info/pools": _Route(storage.pools, HOUR),
    "/sam/metrics.json": _Route(grid.sam, HOUR, _OUTSIDE),
    "/apel/synchronisation.html": _Route(grid.apel, 8 * HOUR, _OUTSIDE),
    "/readiness/T1_DE_KIT.json": _Route(grid.readiness, 3 * HOUR, (Kind.NETWORK, Kind.PORTAL)),
    "/tickets/open.json": _Route(grid.tickets, HOUR, _OUTSIDE),
    "/shift/today.json": _Route(pages.shift, HOUR),
    **{path: _Route(page, HOUR) for path, page in pages.SERVICES.items()},
    **{f"/plots/{name}.svg": _Route(plot, 2 * HOUR) for name, plot in plots.PLOTS.items()},
}


def answer_address(world: World, address: str, time: float) -> MonitorAnswer | None:
    """What a monitor answers at a time; None where nothing answers at all.

    Args:
        address: path and query.
    """
    parts = urlsplit(address)
    route = ROUTES.get(parts.path)
    if route is None:
        return pages.not_found(parts.path)
    # At the time itself, not at that of the edition: an outage begins at once.
    if route.silenced and world.at(time).level(*route.silenced) > 0:
        return None
    return route.answer(world.at(time, route.every), dict(parse_qsl(parts.query)))


def edition(world: World, address: str, time: float) -> int | None:
    """Equal for two times at which an address gives the same answer; None where nothing answers.

    Raises:
        KeyError: there is no such address.
    """
    route = ROUTES[urlsplit(address).path]
    if route.silenced and world.at(time).level(*route.silenced) > 0:
        return None
    return int(time) // route.every * route.every
