"""Any values of any JSON answer, by configuration alone."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from happyface import Fetched, Field, Module, Result, Source, SourceError, column
from happyface.kit import (
    Measure,
    NamedConfig,
    NamedData,
    NamedValue,
    counts,
    missing_or_calm,
    number_of,
    own_status,
)
from happyface.modules.values.path import parse_path


def _path(text: str) -> str:
    parse_path(text)
    return text


class Values(Module):
    """Values that a service tells in JSON, each compared with limits of its own."""

    class Config(NamedConfig):
        declaring: ClassVar[str] = "value"

        source: Source = Field(description="what answers with JSON")
        value: dict[str, Annotated[str, AfterValidator(_path)]] = Field(
            min_length=1,
            description="`value.NAME = PATH`: `storage.online.free`, `nodes[0].load`, `nodes[-1].load`, "
            '`"a key.with dots".x`; of a list `count(nodes)`, or sum, min, max, mean: `sum(nodes[*].load)`',
        )

    class Data(NamedData):
        values: int = column("Values")

    class Value(NamedValue):
        """Values"""

    config: Config

    def extract(self, source: Fetched) -> Result:
        document = source.json()
        found = [self._value(name, document) for name in self.config.value]
        if all(value.value.status < 0 for value in found):
            raise SourceError(f"None of the values is in the answer of {source.url}: {missing_or_calm(found)}.")
        data = self.Data(values=len(found), **counts(found))
        return Result(data, found, sentence=missing_or_calm(found), status=own_status(found))

    def _value(self, name: str, document: Any) -> Value:
        try:
            measure = _measure(parse_path(self.config.value[name]).read(document))
        except LookupError as error:
            measure = Measure(note=str(error.args[0]))
        return self.Value(**self.config.cells(name, measure))


def _measure(value: Any) -> Measure:
    """Raises LookupError where there is no single value."""
    if value is None:
        raise LookupError("it is null")
    if isinstance(value, dict | list):
        raise LookupError(f"the path leads to {'an object' if isinstance(value, dict) else 'a list'}, not to a value")
    if isinstance(value, bool):
        return Measure(float(value), "yes" if value else "no")
    number = number_of(value)
    if number is None and not isinstance(value, str):
        raise LookupError(f"{value} is no number")
    return Measure(number, str(value))
