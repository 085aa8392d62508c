"""What services say is wrong, in the JSON of their errors."""

from typing import Any

# Of several, the first that is a text is taken.
_REASONS = ("errors", "error", "message", "detail", "description", "reason", "status", "title")
_DEEPEST = 5


def reason_in(document: Any, depth: int = 0) -> str:
    """The reason that an error's JSON gives; empty where there is none.

    Understood is what is a text under one of the usual names, also deeper: ``{"errors": [{"error": "no route"}]}`` of
    Slurm, ``{"error": 404, "status": "No objects found."}`` of Icinga, Zabbix's JSON-RPC, Prometheus, Grafana.
    """
    if isinstance(document, str):
        return document.strip().rstrip(".")
    if depth >= _DEEPEST:
        return ""
    if isinstance(document, list):
        return next(filter(None, (reason_in(part, depth + 1) for part in document)), "")
    if not isinstance(document, dict):
        return ""
    reason = next(filter(None, (reason_in(document.get(name), depth + 1) for name in _REASONS)), "")
    more = document.get("data")
    return f"{reason}: {more.rstrip('.')}" if reason and isinstance(more, str) and more else reason


def rpc_fault(document: Any) -> str:
    """What is wrong in an answer of JSON-RPC, which says so with the HTTP status 200; empty where nothing is."""
    if not isinstance(document, dict) or "jsonrpc" not in document or not document.get("error"):
        return ""
    return reason_in(document["error"]) or "it gave no reason"
