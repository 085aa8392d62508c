"""Sources in the shape in which a module named them: one, a list or a dictionary, by the arguments of ``extract``."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from happyface.contract.fetched import Fetched
from happyface.contract.source import Source, flat_sources
from happyface.errors import ModuleError


def at_time(value: Any, now: datetime) -> Any:
    """The sources with the times in their texts filled in, in the shape in which the module named them."""
    if isinstance(value, dict):
        return {key: at_time(part, now) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [at_time(part, now) for part in value]
    return value.at_time(now) if isinstance(value, Source) else value


def shaped(value: Any, answers: Mapping[str, Fetched]) -> Any:
    """The fetched sources in the shape in which the module named them."""
    if isinstance(value, dict):
        return {key: shaped(part, answers) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [shaped(part, answers) for part in value]
    return answers[value.identity]


def checked_sources(module: str, method: str, sources: object) -> dict[str, Any]:
    """What a module's ``sources()`` or ``then()`` returned, if that is a dictionary of sources. Raises ModuleError."""
    if not isinstance(sources, dict) or not all(isinstance(part, Source) for part in flat_sources(sources)):
        raise ModuleError(f"The module {module} failed: {method}() must return a dictionary of sources.")
    return sources
