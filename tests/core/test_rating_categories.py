"""What a category says of its members: its status, and the one sentence that stands for all of them."""

import logging
from pathlib import Path

import pytest

from happyface.contract.states import Type
from happyface.rating.algorithms import ALGORITHMS, Member, algorithm_names, find_algorithm
from happyface.rating.category import rate_category


def member(title: str, status: float, sentence: str = "", type: Type = "rated") -> Member:
    return Member(status, type=type, title=title, sentence=sentence)


@pytest.mark.parametrize(
    ("members", "type", "counting"),
    [
        ([member("a", 0.5), member("news", 0.0, type="unrated")], "rated", 0.5),
        ([member("a", 0.5), member("curve", 0.0, type="plots")], "rated", 0.5),
        ([member("a", 0.0), member("curve", 1.0, type="plots")], "plots", 1.0),
        ([member("news", 0.0, type="unrated")], "unrated", -1),
        ([member("news", 0.0, type="unrated")], "rated", -1),
        ([member("a", -1), member("b", 0.5)], "rated", 0.5),
        ([member("a", -1), member("curve", 1.0, type="plots")], "rated", -1),
        ([], "rated", -1),
    ],
)
def test_members_count_that_are_known_and_of_the_categorys_type(
    members: list[Member], type: Type, counting: float
) -> None:
    assert rate_category(members, type, "worst")[0] == counting


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ([], ""),
        ([member("a", 1)], "all well"),
        ([member("a", 0.66, "fine enough")], "all well"),
        ([member("news", 0.0, "war", type="unrated")], ""),
        ([member("a", 1), member("news", 0.0, "war", type="unrated")], "all well"),
        ([member("a", 1, "well"), member("b", 0.65, "so so")], "1 of 2: b: so so"),
        ([member("a", 0.5, "half"), member("b", 0.0, "down"), member("c", 0.3)], "3 of 3: b: down"),
        ([member("a", 0.5, "half"), member("b", 0.5, "too")], "2 of 2: a: half"),
        ([member("a", -1, "gone"), member("b", 0.5, "half"), member("c", 1)], "2 of 3: b: half"),
        ([member("a", -1, "gone"), member("b", 0.0, "down")], "2 of 2: b: down"),
        ([member("a", 1), member("b", -1, "gone")], "1 of 2: b: gone"),
        ([member("a", 1), member("b", -1)], "1 of 2: b: no information"),
        ([member("MAX", 0.0)], "1 of 1: MAX"),
        ([member("a", 1), member("curve", 0.0, "404", type="plots")], "1 of 2: curve: 404"),
    ],
)
def test_the_sentence_names_the_worst_that_is_known_and_how_many_are_in_trouble(
    members: list[Member], sentence: str
) -> None:
    assert rate_category(members, "rated", "worst")[1] == sentence


def test_a_category_that_rates_nothing_does_not_say_that_all_is_well() -> None:
    assert rate_category([member("a", 1)], "plots", "worst") == (-1, "")


@pytest.mark.parametrize(("letters", "left"), [(147, "x" * 147), (148, "x" * 146 + "…"), (900, "x" * 146 + "…")])
def test_a_sentence_is_cut_at_160_letters(letters: int, left: str) -> None:
    assert rate_category([member("abc", 0, "x" * letters)], "rated", "worst")[1] == f"1 of 1: abc: {left}"


def test_a_cut_sentence_does_not_end_in_a_space() -> None:
    begin = "x" * (160 - len("1 of 1: a: ") - 2)
    assert rate_category([member("a", 0, f"{begin}  and more")], "rated", "worst")[1] == f"1 of 1: a: {begin}…"


@pytest.mark.parametrize(("answer", "status"), [(0, 0), (1, 1), (0.3, 0.3), (1.01, -1), (-0.01, -1), ("x", -1)])
def test_only_a_status_is_one(answer: object, status: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ALGORITHMS, "odd", lambda _: answer)  # type: ignore[misc]
    assert rate_category([member("a", 1)], "rated", "odd")[0] == status


def test_an_algorithm_that_fails_is_logged_by_its_name(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert rate_category([member("a", 1)], "rated", "gone") == (
            -1,
            "no information: gone says nothing of 1 known members",
        )
    assert [record.getMessage() for record in caplog.records] == ["The category algorithm 'gone' failed."]
    assert "there is no algorithm 'gone'" in caplog.text


def test_members_without_weight_have_no_average_and_that_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    assert rate_category([Member(1, 0), Member(0, 0)], "rated", "average")[0] == -1
    assert caplog.records == []


def test_an_algorithm_is_handed_the_known_members_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ALGORITHMS, "share", lambda members: len(members) / 4)
    members = [member("a", 1), member("b", -1), member("c", 0), member("d", 1, type="unrated")]
    assert rate_category(members, "rated", "share")[0] == 0.5


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("worse", "there is no algorithm 'worse'; did you mean 'worst'?"),
        ("at_least(0)", "at_least(N) needs a number of 1 or more"),
        ("at_least", "there is no algorithm 'at_least'; did you mean 'at_least(N)'?"),
        ("at_least(x)", "there is no algorithm 'at_least(x)'; did you mean 'at_least(N)'?"),
        ("zzz", "there is no algorithm 'zzz'; there are worst, average, weighted, best, at_least(N)"),
    ],
)
def test_an_unknown_algorithm_is_told_with_the_nearest(name: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        find_algorithm(name)
    assert str(caught.value) == sentence


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with algorithms, as an installation leaves it."""
    info = tmp_path / "ratings-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ratings\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[happyface.algorithms]\nmedian = ratings_of_a_test:median\nabsent = ratings_of_a_test:absent\n"
        "[others.algorithms]\nstrange = ratings_of_a_test:median\n"
    )
    (tmp_path / "ratings_of_a_test.py").write_text(
        "from statistics import median_low\n\ndef median(members):\n    return median_low(m.status for m in members)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("installed")
def test_installed_packages_bring_algorithms() -> None:
    assert algorithm_names() == ["worst", "average", "weighted", "best", "at_least(N)", "absent", "median"]
    members = [member("a", 1), member("b", 0.25), member("c", 0)]
    assert rate_category(members, "rated", "median")[0] == 0.25


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("absent", "the algorithm 'absent' of package ratings_of_a_test:absent does not load: "),
        ("strange", "there is no algorithm 'strange'"),
        ("medan", "there is no algorithm 'medan'; did you mean 'median'?"),
    ],
)
def test_an_algorithm_that_an_installed_package_lacks_is_told(name: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        find_algorithm(name)
    assert str(caught.value).startswith(sentence)
