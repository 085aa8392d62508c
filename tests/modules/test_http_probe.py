"""What the samples of http_probe cannot show: its settings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from happyface import Fetched
from happyface.contract.fetched import Certificate
from happyface.contract.source import Source
from happyface.modules.http_probe import HttpProbe
from happyface.site.nesting import nested_settings

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)


def config(**settings: str) -> HttpProbe.Config:
    flat = {key.replace("__", "."): value for key, value in settings.items()}
    return HttpProbe.Config.model_validate(nested_settings(HttpProbe.Config, flat))


def sources(**settings: str) -> dict[str, Source]:
    found: dict[str, Source] = HttpProbe("probe", config(**settings), NOW).sources()["url"]
    return found


def faults(**settings: str) -> dict[tuple[Any, ...], str]:
    with pytest.raises(ValidationError) as caught:
        config(**settings)
    return {each["loc"]: each["msg"] for each in caught.value.errors()}


def test_one_address_is_named_by_its_host() -> None:
    found = sources(url="https://www.example.org:8443/x", url__timeout="5", url__header__accept="text/html")
    assert list(found) == ["www.example.org"]
    assert found["www.example.org"].timeout == 5
    assert found["www.example.org"].header == {"accept": "text/html"}


def test_several_addresses_have_names_and_options() -> None:
    found = sources(url__web="https://a.example.org/", url__se01="https://b.example.org/", url__se01__verify="no")
    assert list(found) == ["web", "se01"]
    assert (found["web"].verify, found["se01"].verify) == (True, False)


def test_a_name_may_hold_dots() -> None:
    flat = {"url.www.example.org": "https://www.example.org/", "url.www.example.org.method": "HEAD"}
    found = nested_settings(HttpProbe.Config, flat)["url"]
    assert found == {"www.example.org": {"": "https://www.example.org/", "method": "HEAD"}}


def test_only_web_addresses_are_probed() -> None:
    assert "http or https" in faults(url__web="/etc/hosts")[("url", "web")]
    assert ("url",) in faults()


def test_misspelt_names_are_told() -> None:
    found = faults(url__portal="https://a.example.org/", expected_text__potral="Welcome")
    assert "did you mean 'portal'?" in found[("expected_text", "potral")]


@pytest.mark.parametrize("text", ["yes", "20", "200-", "200 204", ""])
def test_wrong_statuses_are_told(text: str) -> None:
    found = faults(url="https://a.example.org/", expected_status=text)
    assert "is not a list of HTTP statuses" in found[("expected_status", "")]


@pytest.mark.parametrize(
    ("status", "expected", "well"),
    [(200, "200", True), (201, "200", False), (204, "200-299", True), (401, "200 - 299, 401", True)],
)
def test_statuses(status: int, expected: str, well: bool) -> None:
    module = HttpProbe("probe", config(url__a="https://a.example.org/", expected_status=expected), NOW)
    result = module.extract({"a": Fetched("https://a.example.org/", status=status)})
    assert [row.answer.status == 1 for row in result.rows if isinstance(row, HttpProbe.Probe)] == [well]


@pytest.mark.parametrize(
    ("left", "days"), [(timedelta(days=3), 3), (timedelta(days=3, hours=-1), 2), (timedelta(hours=-1), -1)]
)
def test_a_certificates_days_are_whole(left: timedelta, days: int) -> None:
    until = Certificate("CN=a", "CN=ca", (NOW + left).timestamp())
    module = HttpProbe("probe", config(url__a="https://a.example.org/"), NOW)
    result = module.extract({"a": Fetched("https://a.example.org/", status=200, certificate=until)})
    assert isinstance(result.data, HttpProbe.Data)
    assert result.data.certificate_days == days
