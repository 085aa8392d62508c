"""SAM: the WLCG's tests of a site's services, as JSON rows of the test framework (ETF) or of a dashboard."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from happyface import Above, Fetched, Field, Module, Result, Share, Source, SourceError, State, Unknown, column
from happyface.kit import matches, named_groups, parse_limits

_STATES = {
    "critical": State.critical("critical"),
    "warning": State.warning("warning"),
    "ok": State.fine("ok"),
    "unknown": State.unknown("unknown"),
}
"""From the one that decides most to the one that decides nothing."""
_SHORT = {"crit": "critical", "warn": "warning", "unkn": "unknown", "pend": "unknown"}
_TITLES = {"service_state": "status", "host": "dst_hostname", "service_description": "metric_name"}
"""What Checkmk's views call the columns."""
_NOT_UNDERSTOOD = "not understood"
_LISTS = ("rows", "metrics", "data", "results")
"""Where the rows are, when the answer is not itself a list."""


class SamTests(Module):
    """Tests of the site's grid services: the worst test of each service, and the share of tests that are OK."""

    class Config(Module.Config):
        source: Source = Field(description="JSON rows of `dst_hostname, service_flavour, metric_name, status, vo`")
        vo: list[str] = Field([], description="only tests of these VOs; `*` and `?` stand for any text")
        flavour: list[str] = Field([], description="only services of these flavours, such as `SRM, XROOTD`")
        host: list[str] = Field([], description="only services on these hosts, such as `*.example.org`")
        metric: list[str] = Field([], description="only these tests, such as `org.cms.*`")

    class Data(Module.Data):
        reliability: Share | None = column(
            "Tests that are OK",
            limits=parse_limits("warning < 0.9, critical < 0.8"),
            main=True,
            description="of those whose result is known",
        )
        services_critical: int = column("Services in critical", limits=Above(critical=1))
        services_warning: int = column("Services in warning", limits=Above(warning=1))
        services_ok: int = column("Services OK")
        services_unknown: int = column("Services not known")
        ok: int = column("Tests OK")
        warning: int = column("Tests in warning")
        critical: int = column("Tests in critical")
        unknown: int = column("Tests not known")

    class Service(Module.Row):
        """Services"""

        host: str
        flavour: str
        vo: str = column("VO")
        state: State
        ok: int = column("OK")
        warning: int
        critical: int
        unknown: int = column("Not known")

    class Test(Module.Row):
        """Tests"""

        host: str
        flavour: str
        vo: str = column("VO")
        metric: str
        state: State

    config: Config

    def extract(self, source: Fetched) -> Result:
        tests = [test for row in _rows(source) if self._is_wanted(test := self._test(row))]
        if not tests:
            raise SourceError("There is no test of this site's services")
        services = self._services(tests)
        data = self.Data.model_validate(_counts(tests, services))
        status = -1.0 if data.reliability is None else None
        return Result(data, services, tests, sentence=_sentence(services), status=status, unknown=self._unknown(tests))

    def _unknown(self, tests: Sequence[Test]) -> Unknown:
        """Tests with a word that nobody knows, and those that may be of others: they do not tell what is chosen by."""
        filtered = [name for name in ("vo", "flavour") if getattr(self.config, name)]
        odd = [
            test for test in tests if test.state == _NOT_UNDERSTOOD or any(not getattr(test, name) for name in filtered)
        ]
        return Unknown(
            len(tests),
            [f"{test.metric} {test.host}".strip() for test in odd],
            [f"{test.metric} {test.host}".strip() for test in tests if test.state == "unknown" and test not in odd],
        )

    def _test(self, row: Mapping[str, Any]) -> Test:
        return self.Test(
            host=str(row.get("dst_hostname") or ""),
            flavour=str(row.get("service_flavour") or ""),
            vo=str(row.get("vo") or ""),
            metric=str(row.get("metric_name") or ""),
            state=_STATES.get(_word(row), State.unknown(_NOT_UNDERSTOOD)),
        )

    def _is_wanted(self, test: Test) -> bool:
        choices = ("vo", "flavour", "host", "metric")
        return all(
            matches(value, getattr(self.config, name)) or (not value and name in ("vo", "flavour"))
            for name in choices
            for value in (getattr(test, name),)
        )

    def _services(self, tests: Iterable[Test]) -> list[Service]:
        """The services in the order of their hosts; a service is as bad as the worst of its tests that are known."""
        states: dict[tuple[str, str, str], Counter[str]] = {}
        for test in tests:
            states.setdefault((test.host, test.flavour, test.vo), Counter())[test.state] += 1
        return [self._service(*service, count) for service, count in sorted(states.items())]

    def _service(self, host: str, flavour: str, vo: str, count: Counter[str]) -> Service:
        count["unknown"] += count[_NOT_UNDERSTOOD]
        # Of a test that is not understood the service may be as bad as can be: it is not well.
        order = _STATES if not count[_NOT_UNDERSTOOD] else ("critical", "unknown")
        worst = next(_STATES[word] for word in order if count[word])
        return self.Service(host=host, flavour=flavour, vo=vo, state=worst, **{word: count[word] for word in _STATES})


def _rows(source: Fetched) -> list[Mapping[str, Any]]:
    answer = source.json()
    if isinstance(answer, list) and answer and all(isinstance(row, list) for row in answer):
        answer = _titled(answer)
    if isinstance(answer, dict):
        answer = next((answer[name] for name in _LISTS if isinstance(answer.get(name), list)), None)
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise SourceError(f"{source.url} is JSON, but no list of test results")
    if not all("status" in row and "metric_name" in row for row in answer):
        raise SourceError(f"{source.url} has rows without metric_name or status: they are no test results")
    return answer


def _titled(lines: Sequence[Sequence[Any]]) -> list[Mapping[str, Any]]:
    """The rows of a list of lists, whose first one has the titles: what Checkmk's views answer."""
    titles = [_TITLES.get(str(title), str(title)) for title in lines[0]]
    return [dict(zip(titles, line, strict=False)) for line in lines[1:]]


def _word(row: Mapping[str, Any]) -> str:
    word = str(row.get("status")).strip().lower()
    return _SHORT.get(word, word)


def _counts(tests: Sequence[SamTests.Test], services: Sequence[SamTests.Service]) -> dict[str, float | None]:
    of_tests: Counter[str] = Counter("unknown" if test.state == _NOT_UNDERSTOOD else str(test.state) for test in tests)
    of_services: Counter[str] = Counter(service.state for service in services)
    known = len(tests) - of_tests["unknown"]
    return {
        "reliability": of_tests["ok"] / known if known else None,
        **{word: of_tests[word] for word in _STATES},
        **{f"services_{word}": of_services[word] for word in _STATES},
    }


def _sentence(services: Sequence[SamTests.Service]) -> str:
    """The services that are not OK, by name."""
    words = {"critical": "critical", "warning": "warning", "unknown": "not known"}
    return named_groups(
        {
            word: [f"{service.flavour} {service.host}" for service in services if service.state == state]
            for state, word in words.items()
        }
    )
