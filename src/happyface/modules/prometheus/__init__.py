"""Queries to a Prometheus server, or to one that speaks like it: Thanos, Mimir, VictoriaMetrics."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from happyface import Fetched, Field, Module, Result, Source, SourceError, column
from happyface.kit import (
    ByName,
    Fault,
    Measure,
    NamedConfig,
    NamedData,
    NamedValue,
    chosen,
    count_states,
    format_name,
    most_pressing,
    number_of,
    own_status,
    refuse,
    sentence_of,
    strangers,
    unknown_values,
)

_EMPTY = {"fine": 1.0, "warning": 0.5, "critical": 0.0, "unknown": None}
_FOREIGN = "The answer is JSON, but not that of a Prometheus server."

Answer = list[tuple[str, Measure]] | str
"""What a query found, each with its series; or why it found nothing, as a sentence."""


class Prometheus(Module):
    """Answers of a Prometheus server to queries, each compared with limits of its own."""

    class Config(NamedConfig):
        declaring: ClassVar[str] = "query"

        url: Source = Field(description="the server's address, such as http://prometheus.example.org:9090")
        query: dict[str, str] = Field(min_length=1, description="`query.NAME = PROMQL`, evaluated now")
        empty: ByName[Literal["unknown", "fine", "warning", "critical"]] = Field(
            {}, description="what it means that a query finds no series: `empty = fine`, or `empty.NAME = critical`"
        )
        max_series: int = Field(200, ge=1, description="so many series are kept; of more, those at fault first")

        @model_validator(mode="after")
        def _addresses_and_names(self) -> Self:
            faults = [] if self.url.kind == "http" else [Fault("url", "", "it must be an http or https address")]
            refuse(type(self), faults + strangers(self, ["empty"], self.declaring))
            return self

    class Data(NamedData):
        queries: int = column("Queries")
        series: int = column("Series")

    class Query(NamedValue):
        """Queries"""

    config: Config

    def sources(self) -> dict[str, Any]:
        url, queries = self.config.url, self.config.query.items()
        return {"query": {name: url.at("/api/v1/query", params={"query": promql}) for name, promql in queries}}

    def extract(self, query: dict[str, Fetched]) -> Result:
        answers = {name: _answer(fetched) for name, fetched in query.items()}
        refused = {answer for answer in answers.values() if isinstance(answer, str)}
        if all(isinstance(answer, str) for answer in answers.values()):
            raise SourceError(f"No query was answered: {' '.join(sorted(refused)[:3])}")
        found = [value for name, answer in answers.items() for value in self._values(name, answer)]
        kept = most_pressing(found, self.config.max_series)
        cut = f"of {len(found)} series {len(kept)} are kept" if len(kept) < len(found) else ""
        series = sum(len(answer) for answer in answers.values() if not isinstance(answer, str))
        return Result(
            self.Data(queries=len(query), series=series, **count_states(found)),
            kept,
            sentence=" · ".join(filter(None, [sentence_of(found), cut])),
            status=own_status(found),
            unknown=unknown_values(found, [f"{name} ({reason})" for name, reason in self._incomplete(query)]),
        )

    def _incomplete(self, query: dict[str, Fetched]) -> Iterator[tuple[str, str]]:
        """The queries whose answers are of a part of the data, and why: they may lack the worst series."""
        for name, fetched in query.items():
            body = _body(fetched)
            warnings = body.get("warnings") if isinstance(body, dict) else None
            if warnings or (isinstance(body, dict) and body.get("isPartial")):
                reason = str(warnings[0]) if isinstance(warnings, list) and warnings else "a partial answer"
                yield self.config.label.get(name) or format_name(name), reason

    def _values(self, name: str, answer: Answer) -> list[Query]:
        if isinstance(answer, str):
            return [self.Query(**self.config.cells(name, Measure(note=answer)))]
        if not answer:
            status = _EMPTY[chosen(self.config.empty, name, "unknown")]
            return [self.Query(**self.config.cells(name, Measure(note="no series"), status=status))]
        return [self.Query(**self.config.cells(name, measure, series)) for series, measure in _distinct(answer)]


def _distinct(answer: list[tuple[str, Measure]]) -> Iterator[tuple[str, Measure]]:
    """Series with names of their own: two metrics may have the same labels."""
    seen: Counter[str] = Counter()
    for series, measure in answer:
        seen[series] += 1
        yield (f"{series} ({seen[series]})" if seen[series] > 1 else series), measure


def _answer(fetched: Fetched) -> Answer:
    try:
        return _measures(_result(fetched))
    except SourceError as error:
        return str(error)


def _result(fetched: Fetched) -> Mapping[str, Any]:
    refusal = _refusal(fetched)
    if refusal:
        raise SourceError(f"Prometheus refused the query: {refusal}.")
    body = fetched.json()
    data = body.get("data") if isinstance(body, dict) and body.get("status") == "success" else None
    if not isinstance(data, dict) or not isinstance(data.get("result"), list):
        raise SourceError(_FOREIGN)
    return data


def _refusal(fetched: Fetched) -> str:
    """What the server says is wrong: it does so with HTTP 400, 422 and 503, in JSON."""
    body = _body(fetched)
    if not isinstance(body, dict) or body.get("status") != "error":
        return ""
    return str(body.get("error") or "it gave no reason").rstrip(".")


def _body(fetched: Fetched) -> Any:
    try:
        return fetched.ignoring_error().json()
    except SourceError:  # nothing, or a page of a proxy: the HTTP status says more
        return None


def _measures(data: Mapping[str, Any]) -> list[tuple[str, Measure]]:
    kind, result = data.get("resultType"), data["result"]
    if kind in ("scalar", "string"):
        return [("", _measure(result))]
    if kind == "vector":
        return [_series(element) for element in result]
    raise SourceError(
        f"The query answers with a {kind}; ask for one value of each series, without a range such as [5m]."
    )


def _series(element: Any) -> tuple[str, Measure]:
    if not isinstance(element, dict) or not isinstance(element.get("metric"), dict):
        raise SourceError(_FOREIGN)
    labels = ", ".join(f"{key}={value}" for key, value in element["metric"].items() if key != "__name__")
    if "histogram" in element:
        return labels, Measure(note="it is a histogram")
    return labels, _measure(element.get("value"))


def _measure(pair: Any) -> Measure:
    """A pair of time and value. The value is a text, and may be NaN, which is not known, or infinite."""
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], str | int | float):
        raise SourceError(_FOREIGN)
    number = number_of(pair[1])
    if number is None and str(pair[1]) in ("+Inf", "-Inf"):
        return Measure(float(pair[1]), str(pair[1]))
    if number is None and str(pair[1]) == "NaN":
        return Measure(note="NaN")
    return Measure(number, str(pair[1]))
