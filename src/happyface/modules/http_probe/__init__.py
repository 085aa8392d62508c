"""Asks web services whether they answer, and as they should."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, model_validator

from happyface import Above, Below, Fetched, Field, Module, Result, Seconds, Source, SourceError, State, column
from happyface.kit import ByName, Fault, chosen, refuse, strangers


def _statuses(text: str) -> str:
    if not re.fullmatch(r"\s*\d{3}(\s*-\s*\d{3})?(\s*,\s*\d{3}(\s*-\s*\d{3})?)*\s*", text):
        raise ValueError(f"'{text}' is not a list of HTTP statuses such as 200, 204 or 200-299, 401")
    return text


class HttpProbe(Module):
    """Whether web services answer as they should, how fast, and how long their certificates are valid.

    Here a service that cannot be reached, or that answers with an error, is critical: that is what is asked.
    """

    class Config(Module.Config):
        url: ByName[Source] = Field(
            min_length=1, description="the address to ask: `url = ADDRESS`; of several `url.NAME = ADDRESS`"
        )
        expected_status: ByName[Annotated[str, AfterValidator(_statuses)]] = Field(
            {},
            description="the HTTP statuses that are well, 200-299 by default: `401`, or `expected_status.NAME = 401`",
        )
        expected_text: ByName[str] = Field({}, description="what the answer must hold; also `expected_text.NAME`")
        forbidden_text: ByName[str] = Field({}, description="what it must not hold; also `forbidden_text.NAME`")

        @model_validator(mode="after")
        def _addresses_and_names(self) -> Self:
            files = [name for name, source in self.url.items() if source.kind != "http"]
            faults = [Fault("url", name, "a probe asks an http or https address") for name in files]
            keys = ("expected_status", "expected_text", "forbidden_text")
            refuse(type(self), faults + strangers(self, keys, "url"))
            return self

    class Data(Module.Data):
        addresses: int
        failed: int = column("Addresses that failed")
        slowest: Seconds | None = column("Slowest answer", main=True)
        certificate_days: int | None = column("First certificate ends in", unit=("day", "days"))

    class Probe(Module.Row, key="name", counts=True):
        """Addresses"""

        name: str
        answer: State
        status: int | None = column("HTTP status")
        seconds: Seconds | None = column("Time taken", limits=Above(warning=5, critical=20))
        certificate_days: int | None = column(
            "Certificate ends in", unit=("day", "days"), limits=Below(warning=14, critical=3), may_be_missing=True
        )
        certificate_until: datetime | None = column("Certificate valid until", detail=True)

    config: Config

    def sources(self) -> dict[str, Any]:
        return {"url": {name or _host(source): source for name, source in self.config.url.items()}}

    def extract(self, url: dict[str, Fetched]) -> Result:
        probes = [self._probe(name, fetched) for name, fetched in url.items()]
        days = [probe.certificate_days for probe in probes if probe.certificate_days is not None]
        data = self.Data(
            addresses=len(probes),
            failed=sum(probe.answer.status < 1 for probe in probes),
            slowest=max((probe.seconds for probe in probes if probe.seconds is not None), default=None),
            certificate_days=min(days, default=None),
        )
        return Result(data, probes)

    def _probe(self, name: str, fetched: Fetched) -> Probe:
        until = datetime.fromtimestamp(fetched.certificate.not_after, UTC) if fetched.certificate else None
        problem = self._problem(name, fetched)
        return self.Probe(
            name=name,
            answer=State.critical(problem) if problem else State.fine("as expected"),
            status=fetched.status or None,
            seconds=fetched.seconds if fetched.status else None,  # how long a failure took tells nothing
            certificate_days=(until - self.now).days if until else None,
            certificate_until=until,
        )

    def _problem(self, name: str, fetched: Fetched) -> str:
        """What is wrong with an answer; empty when it is as expected."""
        expected = chosen(self.config.expected_status, name, "200-299")
        if not fetched.status or (fetched.error and 200 <= fetched.status < 300):
            return fetched.error.rstrip(".") or "no answer"
        if not _is_one_of(fetched.status, expected):
            return f"HTTP status {fetched.status}, where {expected} is expected"
        return self._text_problem(name, fetched)

    def _text_problem(self, name: str, fetched: Fetched) -> str:
        wanted = chosen(self.config.expected_text, name, "")
        unwanted = chosen(self.config.forbidden_text, name, "")
        text = _text(fetched) if wanted or unwanted else ""
        if unwanted and not text and fetched.size:
            return "its text cannot be read"
        if wanted not in text:
            return f"“{wanted}” is not in it"
        return f"“{unwanted}” is in it" if unwanted and unwanted in text else ""


def _host(source: Source) -> str:
    return urlsplit(source.target).hostname or "address"


def _is_one_of(status: int, expected: str) -> bool:
    for part in expected.split(","):
        first, _, last = part.partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False


def _text(fetched: Fetched) -> str:
    """The body, also that of an HTTP error that was expected."""
    try:
        return fetched.ignoring_error().text()
    except SourceError:  # there is none
        return ""
