"""Sources in the shape in which a module named them: one, a list or a dictionary, by the arguments of ``extract``."""

from collections.abc import Iterator, Mapping
from typing import Any

from happyface.contract.fetched import Fetched
from happyface.contract.source import Source
from happyface.errors import ModuleError


def flat(value: Any) -> Iterator[Any]:
    """The sources that a module named, in whatever shape, one after another."""
    if isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from flat(each)
    else:
        yield value


def shaped(value: Any, answers: Mapping[str, Fetched]) -> Any:
    """The fetched sources in the shape in which the module named them."""
    if isinstance(value, dict):
        return {key: shaped(each, answers) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [shaped(each, answers) for each in value]
    return answers[value.identity]


def checked_sources(module: str, sources: object) -> dict[str, Any]:
    """What a module's ``sources()`` returned, if that is a dictionary of sources. Raises ModuleError."""
    if not isinstance(sources, dict) or not all(isinstance(each, Source) for each in flat(sources)):
        raise ModuleError(f"The module {module} failed: sources() must return a dictionary of sources.")
    return sources
