"""Quantities read from settings and written for people."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from happyface.contract.units import human, parse_quantity


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("90", "seconds", 90),
        ("15m", "seconds", 900),
        ("2 h", "seconds", 7200),
        ("1.5d", "seconds", 129600),
        ("2 weeks", "seconds", 1209600),
        ("250ms", "seconds", 0.25),
        ("500", "bytes", 500),
        ("10 GB", "bytes", 1e10),
        ("10g", "bytes", 1e10),
        ("2 GiB", "bytes", 2**31),
        ("1.5 KB", "bytes", 1500),
        ("10 MB/s", "bytes/s", 1e7),
        ("0.15", "share", 0.15),
        ("70 %", "share", 0.7),
        ("70%", "percent", 70),
        ("-3", "", -3),
        (".5", "", 0.5),
        ("1e3", "", 1000),
        ("4 jobs", "jobs", 4),
    ],
)
def test_are_read(text: str, unit: str, value: float) -> None:
    assert parse_quantity(text, unit) == value


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("soon", "seconds", "a duration such as 90, 15m or 2h"),
        ("", "seconds", "a duration"),
        ("10 GB", "seconds", "a duration"),
        ("ten", "bytes", "a size such as 10 GB"),
        ("15 %%", "share", "a share such as 0.15 or 15 %"),
        ("1.2.3", "", "a number"),
        ("inf", "", "a number"),
        ("1e999", "", "a number"),
        ("1e999999999999999999", "", "a number"),
        ("0x10", "", "a number"),
        ("١", "letters", "a number"),
    ],
)
def test_that_are_none_are_told(text: str, unit: str, expected: str) -> None:
    with pytest.raises(ValueError, match=f"is not {expected}"):
        parse_quantity(text, unit)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "", "0"),
        (0.0, "share", "0 %"),
        (0.631, "share", "63.1 %"),
        (63.14, "percent", "63.1 %"),
        (1.2e12, "bytes", "1.2 TB"),
        (999.6e3, "bytes", "1 MB"),
        (5e20, "bytes", "500 EB"),
        (-2e6, "bytes/s", "-2 MB/s"),
        (12345, "jobs", "12\u202f345 jobs"),
        (999.96, "", "1\u202f000"),
        (0.00012345, "", "0.000123"),
        (45, "seconds", "45 s"),
        (0.25, "seconds", "250 ms"),
        (3725, "seconds", "1 h 2 min"),
        (100000, "seconds", "1 d 3 h"),
        (86400 * 40 + 3600, "seconds", "40 d"),
        (-60, "seconds", "-1 min"),
        (math.nan, "bytes", "unknown"),
        (math.inf, "seconds", "unknown"),
    ],
)
def test_are_written_for_people(value: float, unit: str, text: str) -> None:
    assert human(value, unit) == text


@given(
    st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(["", "bytes", "bytes/s", "seconds", "share", "x"])
)
def test_writing_never_fails(value: float, unit: str) -> None:
    assert human(value, unit)


@given(st.text(max_size=30), st.sampled_from(["", "bytes", "bytes/s", "seconds", "share", "percent"]))
def test_reading_gives_a_finite_number_or_a_sentence(text: str, unit: str) -> None:
    try:
        told = parse_quantity(text, unit)
    except ValueError as error:
        told = str(error)
    assert "is not a" in told if isinstance(told, str) else math.isfinite(told)


@given(st.floats(min_value=1e-3, max_value=1e18), st.sampled_from(["bytes", "bytes/s", "share", "percent"]))
def test_what_is_written_can_be_read_again(value: float, unit: str) -> None:
    assert parse_quantity(human(value, unit).replace("\u202f", ""), unit) == pytest.approx(value, rel=0.06)
