"""The addresses of plots; multiplot shares them."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from happyface.contract.source import Source
from happyface.modules.plot import Plot
from happyface.site.nesting import nested_settings

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)
END = int(NOW.timestamp())


def source(**settings: str) -> Source:
    config = Plot.Config.model_validate(nested_settings(Plot.Config, settings))
    return Plot("plot", config, NOW).sources()["plot"]


def test_plots_are_of_the_type_plots() -> None:
    assert Plot.Config.model_validate({"plot_url": "x.png"}).type == "plots"
    assert Plot.Config.model_validate({"plot_url": "x.png", "type": "rated"}).type == "rated"


def test_an_address_stays_as_it_is_unless_asked() -> None:
    assert source(plot_url="http://m.example.org/p?x=%20&y").target == "http://m.example.org/p?x=%20&y"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://m.example.org/p", f"http://m.example.org/p?starttime={END - 259200}&endtime={END}"),
        ("http://m.example.org/p?", f"http://m.example.org/p?starttime={END - 259200}&endtime={END}"),
        ("http://m.example.org/p?a=%20b", f"http://m.example.org/p?a=%20b&starttime={END - 259200}&endtime={END}"),
        ("http://m.example.org/p?endtime=1&a=", f"http://m.example.org/p?a=&starttime={END - 259200}&endtime={END}"),
        ("http://m.example.org/p#top", f"http://m.example.org/p?starttime={END - 259200}&endtime={END}"),
    ],
)
def test_the_time_is_appended(url: str, expected: str) -> None:
    assert source(plot_url=url, use_start_end_time="True").target == expected


def test_options_and_the_old_form_survive() -> None:
    found = source(plot_url="both|--no-check-certificate|https://g.example.org/r", use_start_end_time="yes")
    assert not found.verify
    assert found.target.startswith("https://g.example.org/r?starttime=")


def test_a_file_takes_no_time() -> None:
    with pytest.raises(ValidationError, match="needs an http or https address"):
        source(plot_url="plot.png", use_start_end_time="yes")
