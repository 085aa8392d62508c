"""Statuses, limits and category algorithms, as tables."""

import math

import pytest

from happyface.contract.limits import Above, Below, Equal, Limits, parse_limits
from happyface.contract.states import Type, face, in_trouble, worst
from happyface.rating.algorithms import ALGORITHMS, Member
from happyface.rating.category import rate_category


@pytest.mark.parametrize(
    ("status", "rated", "plot", "trouble"),
    [
        (1.0, "happy", "avail_plot", False),
        (0.66, "happy", "avail_plot", False),
        (0.6599, "neutral", "unavail_plot", True),
        (0.33, "neutral", "unavail_plot", True),
        (0.3299, "unhappy", "unavail_plot", True),
        (0.0, "unhappy", "unavail_plot", True),
        (-1.0, "noinfo", "unavail_plot", True),
    ],
)
def test_faces(status: float, rated: str, plot: str, trouble: bool) -> None:
    assert (face(status), face(status, "unrated"), face(status, "plots")) == (rated, rated, plot)
    assert in_trouble(status) is trouble


@pytest.mark.parametrize(("statuses", "result"), [([1, 0.5, -1], 0.5), ([-1, -1], -1), ([], -1), ([0, 1], 0)])
def test_worst_of_what_is_known(statuses: list[float], result: float) -> None:
    assert worst(statuses) == result


LOW, HIGH = Below(warning=0.2, critical=0.1), Above(warning=80, critical=90)


@pytest.mark.parametrize(
    ("limits", "value", "status"),
    [
        (LOW, 0.3, 1.0),
        (LOW, 0.2, 0.5),
        (LOW, 0.1, 0.0),
        (LOW, -5, 0.0),
        (HIGH, 79.9, 1.0),
        (HIGH, 80, 0.5),
        (HIGH, 90, 0.0),
        (HIGH, None, -1.0),
        (HIGH, math.nan, -1.0),
        (HIGH, math.inf, 0.0),
        (HIGH, "90", 1.0),
        (Equal(critical="down"), "down", 0.0),
        (Equal(critical="down"), "up", 1.0),
        (Equal(critical="1"), 1, 1.0),
        (Equal(warning=True), True, 0.5),
        (Equal(warning=True), False, 1.0),
        (Limits(), 5, 1.0),
    ],
)
def test_limits_rate(limits: Limits, value: float | None, status: float) -> None:
    assert limits.rate(value) == status


@pytest.mark.parametrize(
    ("text", "unit", "kind", "written"),
    [
        ("warning < 0.2, critical < 0.1", "share", "number", "warning < 20 %, critical < 10 %"),
        ("critical<=15%", "share", "number", "critical ≤ 15 %"),
        ("warning > 1 TB", "bytes", "number", "warning > 1 TB"),
        ("warning >= 2h", "seconds", "number", "warning ≥ 2 h"),
        ("critical = 3", "", "integer", "critical = 3"),
        ("warning > 1, critical >= 5", "job|jobs", "integer", "warning > 1 job, critical ≥ 5 jobs"),
        ("critical != ok", "", "text", "critical ≠ ok"),
        ('critical == "two words"', "", "text", "critical = two words"),
        ("critical = no", "", "flag", "critical = no"),
        ("", "", "number", ""),
        ("  ", "", "number", ""),
    ],
)
def test_limits_are_read_and_what_the_page_says_of_them_as_well(text: str, unit: str, kind: str, written: str) -> None:
    assert parse_limits(text, unit, kind).format(unit) == written
    assert parse_limits(written, unit, kind) == parse_limits(text, unit, kind)


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        ("warn < 1", "number", "'warn < 1' is not a limit; write for example 'warning < 0.2, critical < 0.1'"),
        ("warning 5", "number", "is not a limit"),
        ("warning < 1, warning < 2", "number", "'warning' is given twice"),
        ("warning < low", "number", "'low' is not a number"),
        ("warning < nan", "number", "'nan' is not a number"),
        ("warning < 1e400", "number", "'1e400' is not a number"),
        ("warning < ok", "text", "'<' compares numbers; this column takes '==' or '!='"),
        ("warning = perhaps", "flag", "'perhaps' is not yes or no"),
    ],
)
def test_limits_that_are_none_are_told(text: str, kind: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_limits(text, kind=kind)


@pytest.mark.parametrize(("value", "reason"), [(0.05, "critical ≤ 10 %"), (0.15, "warning ≤ 20 %"), (0.5, "")])
def test_a_limit_tells_why(value: float, reason: str) -> None:
    assert LOW.reason(value, "share") == reason


@pytest.mark.parametrize(
    ("algorithm", "statuses", "result"),
    [
        ("worst", [1, 0.5, 0], 0),
        ("worst", [1, -1], 1),
        ("worst", [-1, -1], -1),
        ("worst", [], -1),
        ("best", [0, 0.5, -1], 0.5),
        ("average", [1, 0, -1], 0.5),
        ("average", [-1], -1),
        ("weighted", [1, 0.5], 0.75),
        ("at_least(1)", [0, 1, 0], 1),
        ("at_least(2)", [1, 1, 0], 1),
        ("at_least(2)", [0.7, 0.7, 0], 1),
        ("at_least(2)", [1, 0.5, 0], 0.5),
        ("at_least(2)", [1, 0, 0], 0),
        ("at_least(2)", [1, 0.5, -1], 0.5),
        ("at_least(2)", [1, -1, -1], -1),
        ("at_least( 3 )", [1, 1, 1], 1),
    ],
)
def test_category_algorithms(algorithm: str, statuses: list[float], result: float) -> None:
    members = [Member(status) for status in statuses]
    assert rate_category(members, "rated", algorithm)[0] == pytest.approx(result)


@pytest.mark.parametrize(
    ("members", "result"),
    [
        ([(1, 3), (0, 1)], 0.75),
        ([(1, 0), (0, 1)], 0),
        ([(1, 0), (0, 0)], -1),
        ([(1, 0.1), (0, 0.1)], 0.5),
        ([(1, 1), (-1, 100)], 1),
    ],
)
def test_an_average_is_weighted(members: list[tuple[float, float]], result: float) -> None:
    weighted = [Member(*row) for row in members]
    assert rate_category(weighted, "rated", "average")[0] == pytest.approx(result)


@pytest.mark.parametrize("answer", [7, -0.5, math.nan, math.inf])
def test_an_algorithm_of_others_that_gives_no_status_says_nothing(
    answer: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ALGORITHMS, "odd", lambda _: answer)
    assert rate_category([Member(1)], "rated", "odd")[0] == -1


@pytest.mark.parametrize(
    ("category", "status"),
    [("rated", 0.5), ("unrated", -1), ("plots", 0)],
)
def test_only_members_of_the_categorys_own_type_count(category: Type, status: float) -> None:
    members = [Member(0.5, type="rated"), Member(0.1, type="unrated"), Member(0, type="plots")]
    assert rate_category(members, category, "worst")[0] == status
