"""Any values of any JSON answer, by configuration alone."""

import math
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, field_validator

from happyface import Duration, Fetched, Field, Module, Result, Source, SourceError, column
from happyface.kit import (
    Measure,
    NamedConfig,
    NamedData,
    NamedValue,
    check_age,
    count_states,
    number_of,
    own_status,
    sentence_of,
    time_of,
    unknown_values,
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

        as_of: str = Field("", description="the path to the time of the data: seconds since 1970, or an ISO time")
        max_age: Duration = Field(3600, gt=0, description="data that is older by its own time says nothing")

        @field_validator("as_of")
        @classmethod
        def _as_of(cls, path: str) -> str:
            return _path(path) if path else ""

    class Data(NamedData):
        values: int = column("Values")
        taken: datetime | None = column("Data as of")

    class Value(NamedValue):
        """Values"""

    config: Config

    def extract(self, source: Fetched) -> Result:
        document = source.json()
        taken = self._checked_time(document)
        found = [self._value(name, document) for name in self.config.value]
        if all(value.value.status < 0 for value in found):
            raise SourceError(f"None of the values is in the answer of {source.url}: {sentence_of(found)}.")
        data = self.Data(values=len(found), taken=taken, **count_states(found))
        own, unknown = own_status(found), unknown_values(found)
        return Result(data, found, sentence=sentence_of(found), status=own, unknown=unknown)

    def _checked_time(self, document: Any) -> datetime | None:
        """The data's own time, if it is one that says anything."""
        if not self.config.as_of:
            return None
        try:
            taken = _time(parse_path(self.config.as_of).read(document))
        except LookupError as error:
            raise SourceError(f"The time of the data is not known: {error.args[0]}") from error
        check_age("The data is", taken, self.now, self.config.max_age)
        return taken

    def _value(self, name: str, document: Any) -> Value:
        try:
            measure = _measure(parse_path(self.config.value[name]).read(document))
        except LookupError as error:
            measure = Measure(note=str(error.args[0]))
        return self.Value(**self.config.cells(name, measure))


def _time(value: Any) -> datetime:
    """Raises LookupError where it is no time."""
    number = number_of(value)
    try:
        # Later than the year 5000 are milliseconds.
        found = time_of(number / 1000 if number > 1e11 else number) if number else datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None:
        raise LookupError(f"“{str(value)[:40]}” is no time")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _measure(value: Any) -> Measure:
    """Raises LookupError where there is no single value."""
    if value is None:
        raise LookupError("it is null")
    if isinstance(value, dict | list):
        raise LookupError(f"the path leads to {'an object' if isinstance(value, dict) else 'a list'}, not to a value")
    if isinstance(value, bool):
        return Measure(float(value), "yes" if value else "no")
    number = number_of(value)
    if isinstance(value, float) and math.isinf(value):
        return Measure(value, str(value))
    if number is None and not isinstance(value, str):
        raise LookupError(f"{value} is no number")
    return Measure(number, str(value))
