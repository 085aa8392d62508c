"""Prometheus servers that understand the queries of the demo's site, and no others."""

from collections.abc import Callable, Mapping

from happyface.demo.answers.answer import MonitorAnswer, as_json
from happyface.demo.world import Snapshot

Series = list[tuple[dict[str, str], float]]
Queries = Mapping[str, Callable[[Snapshot], Series]]


def answered(now: Snapshot, asked: str, known: Queries) -> MonitorAnswer:
    """The answer to a query: a vector, or the refusal of one that is not known."""
    found = known.get(asked)
    if found is None:
        error = {"status": "error", "errorType": "bad_data", "error": "the demo's Prometheus does not know this query"}
        return as_json(error, 400)
    result = [{"metric": labels, "value": [now.time, f"{value:.4g}"]} for labels, value in found(now)]
    return as_json({"status": "success", "data": {"resultType": "vector", "result": result}})
