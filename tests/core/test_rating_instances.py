"""How an instance is rated by its limits and expressions, and the sentence that says why."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from happyface import Above, Below, Equal, Module, Older, Result, Share, State, Unknown, column
from happyface.contract.columns import Cell, Column, Table
from happyface.contract.files import File
from happyface.contract.limits import Limits
from happyface.rating.expressions import compile_expression
from happyface.rating.instance import format_value, rate_instance
from happyface.rating.rules import Rules, rules_of

TABLES = {
    "": Table(
        "",
        "",
        (
            Column("note", "text", "Note"),
            Column("load", "number", "Load"),
            Column("full", "number", "Full", "share"),
            Column("word", "text", "State"),
            Column("open", "flag", "Open"),
        ),
    ),
    "pool": Table(
        "pool",
        "Pools",
        (
            Column("size", "number", "Size", "bytes"),
            Column("name", "text", "Name"),
            Column("used", "number", "Used", "share"),
            Column("word", "text", "State"),
        ),
        counts=True,
    ),
    "job": Table("job", "Jobs", (Column("id", "integer", "Id"), Column("hours", "number", "Hours")), counts=True),
    "node": Table("node", "Nodes", (Column("name", "text", "Name"), Column("load", "number", "Load")), counts=False),
}
HIGH = Above(warning=5, critical=10)
FULL = Above(warning=0.8, critical=0.9)
LOST = Equal(warning="slow", critical="lost")


def rated(
    *,
    limits: dict[str, dict[str, Limits]] | None = None,
    rows: dict[str, list[list[Cell]]] | None = None,
    own: float | None = None,
    sentence: str = "",
    explained: bool = False,
    warning: str = "",
    critical: str = "",
    **data: Cell,
) -> tuple[float, str]:
    """The status and the sentence of an instance whose ``Data`` is ``data``."""
    given = {"warning": warning, "critical": critical}
    expressions = {level: compile_expression(text, TABLES) for level, text in given.items() if text}
    values = [data.get(column.name) for column in TABLES[""].columns]
    result = Result(status=own, sentence=sentence, explained=explained)
    return rate_instance(Rules(TABLES, limits or {}, expressions), values, rows or {}, result, 0)


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        (4.99, (1.0, "Load 4.99")),
        (5, (0.5, "Load 5 (warning ≥ 5)")),
        (9.99, (0.5, "Load 9.99 (warning ≥ 5)")),
        (10, (0.0, "Load 10 (critical ≥ 10)")),
        (None, (-1, "None of the values that are rated is known.")),
    ],
)
def test_a_value_is_rated_by_its_limits_at_their_very_border(load: float | None, expected: tuple[float, str]) -> None:
    assert rated(limits={"": {"load": HIGH}}, load=load) == expected


def test_without_limits_all_is_well_whatever_is_known() -> None:
    assert rated(load=99) == (1.0, "Load 99")
    assert rated() == (1.0, "")


def test_a_missing_value_that_has_limits_leaves_nothing_known() -> None:
    assert rated(limits={"": {"load": HIGH, "full": FULL}}, load=1) == (-1, "not known: Full")
    assert rated(limits={"": {"load": HIGH, "full": FULL}}, load=6) == (-1, "Load 6 (warning ≥ 5) · not known: Full")


def test_what_is_critical_is_so_whatever_else_is_missing() -> None:
    assert rated(limits={"": {"load": HIGH, "full": FULL}}, load=11)[0] == 0.0


def test_what_can_only_be_a_warning_hides_no_warning() -> None:
    limits = {"": {"load": HIGH, "full": Above(warning=0.8)}}
    assert rated(limits=limits, load=6) == (0.5, "Load 6 (warning ≥ 5) · not known: Full")
    assert rated(limits=limits, load=1)[0] == -1


@pytest.mark.parametrize(
    ("pattern", "status"), [("full", 1.0), ("F*", 1.0), (".full", 1.0), ("load", -1), ("pool.full", -1)]
)
def test_what_the_configuration_lets_be_missing_takes_nothing_away(pattern: str, status: float) -> None:
    rules = Rules(TABLES, {"": {"load": HIGH, "full": FULL}}, {}, [pattern])
    assert rate_instance(rules, [None, 1, None, None, None], {}, Result(), 0)[0] == status


def test_a_time_in_the_future_has_no_age() -> None:
    table = Table("", "", (Column("newest", "time", "Newest"),))
    rules = Rules({"": table}, {"": {"newest": Older(warning=100)}}, {})
    assert rate_instance(rules, [1060.0], {}, Result(), 1000)[0] == 1.0
    found = rate_instance(rules, [2000.0], {}, Result(sentence="News."), 1000)
    assert found[0] == -1


@pytest.mark.parametrize(
    ("unknown", "load", "status"),
    [
        (Unknown(9, ["a"]), 1, -1),
        (Unknown(9, ["a"]), 6, -1),
        (Unknown(9, ["a"]), 11, 0.0),
        (Unknown(2, silent=["a"]), 1, 1.0),
        (Unknown(3, silent=["a", "b"]), 1, -1),
        (Unknown(0), 1, 1.0),
    ],
)
def test_what_is_not_understood_may_be_as_bad_as_can_be(unknown: Unknown, load: int, status: float) -> None:
    rules = Rules(TABLES, {"": {"load": HIGH}}, {})
    found, sentence = rate_instance(rules, [None, load, None, None, None], {}, Result(unknown=unknown), 0)
    assert found == status
    assert ("1 of 9 not understood: a" in sentence) == bool(unknown.garbled)


def test_names_that_may_be_missing_are_told_and_do_not_count() -> None:
    rules = Rules(TABLES, {"": {"load": HIGH}}, {}, ["pool_*"])
    result = Result(unknown=Unknown(9, ["Pool 7"]))
    assert rate_instance(rules, [None, 1, None, None, None], {}, result, 0) == (1.0, "1 of 9 not understood: Pool 7")


def test_the_worst_value_decides_and_stands_first() -> None:
    found = rated(limits={"": {"load": HIGH, "full": FULL}}, load=6, full=0.95)
    assert found == (0.0, "Full 95 % (critical ≥ 90 %), Load 6 (warning ≥ 5)")


def test_a_word_at_fault_speaks_for_itself() -> None:
    assert rated(limits={"": {"word": LOST}}, word="lost") == (0.0, "State lost")
    assert rated(limits={"": {"word": LOST}}, word="slow") == (0.5, "State slow")
    assert rated(limits={"": {"word": LOST}}, word="well") == (1.0, "")


def test_a_flag_is_written_as_yes_or_no() -> None:
    assert rated(limits={"": {"open": Equal(critical=False)}}, open=False) == (0.0, "Open no (critical = no)")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[1e9, "a", 0.1, "well"]], (1.0, "")),
        ([[1e9, "a", 0.1, "well"], [1e9, "b", 0.95, "well"]], (0.0, "b: Used 95 % (critical ≥ 90 %)")),
        ([[1e9, "a", 0.8, "well"]], (0.5, "a: Used 80 % (warning ≥ 80 %)")),
        ([[1e9, "a", 0.1, "lost"]], (0.0, "a: lost")),
        (
            [[1e9, "a", 0.85, "well"], [1e9, "b", 0.1, "lost"]],
            (0.0, "b: lost, a: Used 85 % (warning ≥ 80 %)"),
        ),
        ([[1e9, "a", None, None]], (-1, "None of the values that are rated is known.")),
        ([[1e9, "a", 0.5, None], [1e9, "b", 0.5, "well"]], (-1, "not known: a: State")),
        ([], (1.0, "")),
    ],
)
def test_rows_that_count_are_rated_and_named(rows: list[list[Cell]], expected: tuple[float, str]) -> None:
    assert rated(limits={"pool": {"used": FULL, "word": LOST}}, rows={"pool": rows}) == expected


def test_rows_that_do_not_count_are_not_rated() -> None:
    assert rated(limits={"node": {"load": HIGH}}, rows={"node": [["a", 99.0]]}) == (1.0, "")
    assert rated(limits={"node": {"load": HIGH}}, rows={"node": [["a", None]]}) == (1.0, "")


def test_a_row_without_a_name_is_told_by_its_column() -> None:
    assert rated(limits={"job": {"hours": HIGH}}, rows={"job": [[1, 12.0]]}) == (0.0, "Hours 12 (critical ≥ 10)")


def test_what_is_known_of_the_data_is_not_enough_where_rows_are_not_known() -> None:
    limits = {"": {"load": HIGH}, "pool": {"used": FULL}}
    assert rated(limits=limits, load=1, rows={"pool": [[1e9, "a", None, None]]}) == (-1, "not known: a: Used")


def test_rows_that_count_but_have_no_limits_are_well() -> None:
    assert rated(limits={"": {"load": HIGH}}, load=1, rows={"pool": [[1e9, "a", 0.99, "lost"]]}) == (1.0, "Load 1")


def test_rows_of_several_tables_are_rated_together() -> None:
    rows: dict[str, list[list[Cell]]] = {"job": [[1, 6.0]], "node": [["n", 99.0]], "pool": [[1e9, "a", 0.95, "well"]]}
    limits = {"job": {"hours": HIGH}, "pool": {"used": FULL}, "node": {"load": HIGH}}
    assert rated(limits=limits, rows=rows) == (0.0, "a: Used 95 % (critical ≥ 90 %), Hours 6 (warning ≥ 5)")


@pytest.mark.parametrize(
    ("count", "ending"),
    [(2, "j1: lost"), (3, "j2: lost"), (4, "j2: lost, and 1 more"), (9, "j2: lost, and 6 more")],
)
def test_three_at_fault_are_named_and_the_others_counted(count: int, ending: str) -> None:
    rows: list[list[Cell]] = [[1e9, f"j{number}", 0.1, "lost"] for number in range(count)]
    status, sentence = rated(limits={"pool": {"word": LOST}}, rows={"pool": rows})
    assert status == 0.0
    assert sentence.startswith("j0: lost, j1: lost")
    assert sentence.endswith(ending)


def test_the_modules_own_words_stand_behind_what_is_at_fault() -> None:
    limits = {"": {"load": HIGH}}
    assert rated(limits=limits, load=6, sentence=" Two of nine. ") == (0.5, "Load 6 (warning ≥ 5) · Two of nine.")
    assert rated(limits=limits, load=1, sentence="Two of nine.") == (1.0, "Two of nine.")
    assert rated(limits=limits, sentence="Two of nine.") == (-1, "Two of nine.")


def test_words_that_explain_themselves_stand_alone() -> None:
    limits = {"": {"load": HIGH}}
    assert rated(limits=limits, load=6, sentence="Load is high.", explained=True) == (0.5, "Load is high.")
    assert rated(limits=limits, load=6, explained=True) == (0.5, "Load 6 (warning ≥ 5)")


@pytest.mark.parametrize("own", [-1, 0.0, 0.4, 1.0])
def test_the_modules_own_rating_takes_the_place_of_the_limits(own: float) -> None:
    assert rated(limits={"": {"load": HIGH}}, load=99, own=own) == (own, "Load 99")
    assert rated(limits={"": {"load": HIGH}}, load=99, own=own, sentence="So it is.") == (own, "So it is.")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"critical": "load > 5"}, (0.0, "critical: load > 5 (load 6)")),
        ({"warning": "load > 5"}, (0.5, "warning: load > 5 (load 6)")),
        ({"critical": "load > 6"}, (1.0, "Load 6")),
        ({"critical": "load > 5 and full < 1"}, (0.0, "critical: load > 5 and full < 1 (load 6, full 50 %)")),
        ({"critical": "full < load + load"}, (0.0, "critical: full < load + load (full 50 %, load 6)")),
        ({"critical": "count(pool) == 0"}, (0.0, "critical: count(pool) == 0")),
        ({"critical": "load > 5 or word == 'x'"}, (0.0, "critical: load > 5 or word == 'x' (load 6)")),
        ({"warning": "load > 5", "critical": "load > 5"}, (0.0, "critical: load > 5 (load 6)")),
        ({"warning": "load > 5", "critical": "load > 7"}, (0.5, "warning: load > 5 (load 6)")),
    ],
)
def test_an_expression_rates_on_top_and_shows_what_it_saw(
    settings: dict[str, str], expected: tuple[float, str]
) -> None:
    assert rated(load=6, full=0.5, **settings) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("own", "level", "status"),
    [
        (1.0, "warning", 0.5),
        (0.6, "warning", 0.5),
        (0.5, "warning", 0.5),
        (0.4, "warning", 0.4),
        (0.0, "warning", 0.0),
        (-1, "warning", 0.5),
        (1.0, "critical", 0.0),
        (0.5, "critical", 0.0),
        (0.0, "critical", 0.0),
        (-1, "critical", 0.0),
    ],
)
def test_an_expression_makes_worse_and_never_better(own: float, level: str, status: float) -> None:
    assert rated(own=own, load=6, **{level: "load > 5"})[0] == status  # type: ignore[arg-type]


def test_an_expression_that_changes_nothing_is_not_told() -> None:
    assert rated(own=0.5, load=6, warning="load > 5") == (0.5, "Load 6")


def test_a_module_without_numbers_has_no_sentence_of_its_own() -> None:
    rules = Rules({"": Table("", "", (Column("note", "text", "Note"),))}, {}, {})
    assert rate_instance(rules, ["x"], {}, Result(), 0) == (1.0, "")


def test_what_is_at_fault_by_an_expression_stands_first() -> None:
    found = rated(limits={"": {"load": HIGH}}, load=6, critical="open", open=True, sentence="Look.")
    assert found == (0.0, "critical: open (open yes), Load 6 (warning ≥ 5) · Look.")


@pytest.mark.parametrize(
    ("own", "level", "expected"),
    [
        (1.0, "critical", -1),
        (0.5, "critical", -1),
        (0.6, "warning", -1),
        (0.5, "warning", 0.5),
        (0.0, "critical", 0.0),
        (-1, "critical", -1),
    ],
)
def test_what_an_expression_cannot_know_makes_nothing_known(own: float, level: str, expected: float) -> None:
    status, sentence = rated(own=own, sentence="Mine.", **{level: "load > 5"})  # type: ignore[arg-type]
    assert status == expected
    told = "Cannot be rated by “load > 5”: not everything in it is known. Mine."
    assert sentence == (told if expected == -1 and own >= 0 else "Mine.")


def test_without_words_what_cannot_be_known_is_a_sentence_of_its_own() -> None:
    assert rated(critical="load > 5")[1] == "Cannot be rated by “load > 5”: not everything in it is known."


@pytest.mark.parametrize(
    ("value", "given", "text"),
    [
        (True, Column("x", "flag", "X"), "yes"),
        (False, Column("x", "flag", "X"), "no"),
        (0.5, Column("x", "number", "X", "share"), "50 %"),
        (12, Column("x", "integer", "X", "jobs"), "12 jobs"),
        ("word", Column("x", "text", "X"), "word"),
        ("12", Column("x", "number", "X", "bytes"), "12"),
        (86400.0, Column("x", "time", "X"), "1970-01-02 00:00 UTC"),
    ],
)
def test_values_in_sentences_are_written_for_people(value: Cell | File, given: Column, text: str) -> None:
    assert format_value(value, given) == text


class Storage(Module):
    """Pools, of which some count."""

    class Data(Module.Data):
        free: Share = column("Free", limits=Below(warning=0.2))
        files: int = 0

    class Pool(Module.Row, counts=True):
        name: str
        used: Share = column("Used", limits=Above(critical=0.9))


def rules(**settings: Any) -> Rules:
    return rules_of(Storage.declared.tables, Storage.Config.model_validate(settings))


def test_the_configurations_limits_and_expressions_are_the_rules() -> None:
    found = rules(limits={"pool.used": "critical > 95 %"}, warning="free < 0.5", critical="files > 9")
    assert found.limits[""]["free"] == Below(warning=0.2)
    assert found.limits["pool"]["used"].format("share") == "critical > 95 %"
    assert {level: expression.text for level, expression in found.expressions.items()} == {
        "warning": "free < 0.5",
        "critical": "files > 9",
    }
    assert found.tables["pool"].counts
    assert rate_instance(found, [0.4, 1], {"pool": [["a", 0.92]]}, Result(), 0) == (
        0.5,
        "warning: free < 0.5 (free 40 %)",
    )


def test_without_settings_there_are_the_modules_limits_alone() -> None:
    assert rules().expressions == {}
    assert rate_instance(rules(), [0.1, 1], {"pool": [["a", 0.92]]}, Result(sentence="Two pools."), 0) == (
        0.0,
        "a: Used 92 % (critical ≥ 90 %), Free 10 % (warning ≤ 20 %) · Two pools.",
    )


@pytest.mark.parametrize("level", ["warning", "critical"])
def test_a_wrong_expression_is_told_with_its_key(level: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        rules(**{level: "fre < 1"})
    assert caught.value.args[0] == (level, "there is no column 'fre'; did you mean 'free'?")


def test_a_file_is_written_as_itself() -> None:
    file = File(Path("/x"), "curve.png")
    assert format_value(file, Column("x", "file", "X")) == str(file)


class Link(Module):
    """A link, with a state and a time."""

    class Data(Module.Data):
        state: State
        asked: datetime = column("Asked", limits=Older(warning="10m", critical="1h"))

    class Service(Module.Row, counts=True, key="name"):
        state: State
        name: str


HOUR = 3600.0


def link(
    state: State | None, age: float, *, services: list[list[Cell]] | None = None, idle: bool = False
) -> tuple[float, str]:
    """The rating of a link at two in the morning, that was asked some seconds before."""
    tables = rules_of(Link.declared.tables, Link.Config())
    return rate_instance(tables, [state, 2 * HOUR - age], {"service": services or []}, Result(idle=idle), 2 * HOUR)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (599, (1.0, "")),
        (600, (0.5, "Asked 1970-01-01 01:50 UTC (warning when older than 10 min)")),
        (3600, (0.0, "Asked 1970-01-01 01:00 UTC (critical when older than 1 h)")),
    ],
)
def test_a_time_is_rated_by_its_age_in_that_run(age: float, expected: tuple[float, str]) -> None:
    assert link(State.fine("up"), age) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.critical("down"), (0.0, "State down")),
        (State.warning("slow"), (0.5, "State slow")),
        (State.fine("down, planned"), (1.0, "")),
        (None, (1.0, "")),
    ],
)
def test_a_state_rates_itself(state: State | None, expected: tuple[float, str]) -> None:
    assert link(state, 0) == expected


def test_a_row_is_told_by_its_key_wherever_that_stands() -> None:
    assert link(State.fine("up"), 0, services=[[State.critical("lost"), "dns"]]) == (0.0, "dns: lost")


def test_there_is_nothing_to_rate_where_a_module_says_so() -> None:
    assert link(State.critical("down"), 0, idle=True) == (1.0, "")


def test_nothing_is_claimed_where_all_that_would_be_rated_is_unknown() -> None:
    tables = rules_of(Link.declared.tables, Link.Config())
    assert rate_instance(tables, [State.unknown("?"), None], {}, Result(), 0)[0] == -1


def test_times_are_written_in_utc_wherever_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert format_value(86400.0, Column("x", "time", "X")) == "1970-01-02 00:00 UTC"
    finally:
        monkeypatch.undo()
        time.tzset()
