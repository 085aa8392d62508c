"""What a module declares: mistakes are told when its class is made; states, ages and words are rated."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from happyface import Above, Below, Equal, Limits, Module, Older, OneOf, Result, Share, State, column
from happyface.contract.limits import parse_limits
from happyface.errors import ModuleError
from happyface.rating.instance import rate_instance
from happyface.rating.rules import rules_of

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


def declare(annotation: Any, **settings: Any) -> type[Module]:
    """A module with one column."""
    data = type("Data", (Module.Data,), {"__annotations__": {"x": annotation}, "x": column(**settings)})
    return type("One", (Module,), {"Data": data})


@pytest.mark.parametrize(
    ("annotation", "make", "sentence"),
    [
        (float, lambda: Above(warning="5 GB"), "is a number in the column's own unit, not '5 GB'; write it without"),
        (float, lambda: Below(critical=True), "is a number in the column's own unit, not True"),
        (str, lambda: Above(warning=5), "5 can never be reached: this column is a text"),
        (bool, lambda: Above(warning=1), "can never be reached: this column is yes or no"),
        (float, lambda: Equal(critical="down"), "down can never be reached: this column is a number"),
        (float, lambda: Below(warning=5, critical=10), "the warning would never show"),
        (float, lambda: Above(warning=10, critical=5), "the warning would never show"),
        (Share, lambda: Above(critical=20), "a share runs from 0 to 1, so 20 is never reached; write 0.2"),
        (datetime, lambda: Above(critical=20), "a time is rated by its age"),
        (float, lambda: Older(critical=20), "only a time has an age; this column is a number"),
        (datetime, lambda: Older(critical="soon"), "a limit of Older is a duration such as 900 or '15m'"),
        (str, lambda: OneOf(critical="down"), "OneOf takes sets of words"),
        (str, lambda: Equal(critical={"down"}), "OneOf takes several words"),
        (str, lambda: "down", "limits are made by Above, Below, Equal, OneOf or Older"),
    ],
)
def test_limits_that_can_never_be_reached_are_refused(annotation: Any, make: Any, sentence: str) -> None:
    with pytest.raises(ModuleError) as raised:
        declare(annotation, limits=make())
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    ("text", "unit", "kind", "sentence"),
    [
        ("warning < 5 %, critical < 10 %", "share", "number", "the warning would never show"),
        ("critical > 20", "share", "number", "write 0.2"),
        ("critical = maybe", "", "flag", "'maybe' is not yes or no"),
    ],
)
def test_limits_of_the_configuration_are_checked_in_the_same_way(
    text: str, unit: str, kind: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        parse_limits(text, unit, kind)
    assert sentence in str(raised.value)


@pytest.mark.parametrize("option", ["main", "chart"])
def test_only_a_number_stands_for_an_instance_or_has_a_curve(option: str) -> None:
    with pytest.raises(ModuleError, match="main and chart are for numbers; this is a time"):
        declare(datetime, **{option: True})


def test_no_is_critical_where_the_configuration_says_so() -> None:
    for text in ("critical = false", "critical = no", "critical != yes"):
        assert parse_limits(text, kind="flag").rate(False) == 0
        assert parse_limits(text, kind="flag").rate(True) == 1


@pytest.mark.parametrize(
    ("limits", "value", "status"),
    [
        (OneOf(warning={"drain"}, critical={"down", "fail"}), "down", 0),
        (OneOf(warning={"drain"}, critical={"down", "fail"}), "fail", 0),
        (OneOf(warning={"drain"}, critical={"down", "fail"}), "drain", 0.5),
        (OneOf(warning={"drain"}, critical={"down", "fail"}), "idle", 1),
        (parse_limits("warning = drain, critical = down, fail", kind="text"), "fail", 0),
        (parse_limits("critical != idle, mixed", kind="state"), "down", 0),
        (parse_limits("critical != idle, mixed", kind="state"), "mixed", 1),
    ],
)
def test_several_words_are_rated(limits: Limits, value: str, status: float) -> None:
    assert limits.rate(value) == status


@pytest.mark.parametrize(
    ("minutes", "status", "reason"),
    [
        (0, 1, ""),
        (-1, 1, ""),
        (-5, -1, ""),
        (15, 0.5, "warning when older than 15 min"),
        (60, 0, "critical when older than 1 h"),
    ],
)
def test_a_time_is_rated_by_its_age_at_the_run(minutes: float, status: float, reason: str) -> None:
    limits = Older(warning="15m", critical="1h")
    then = (NOW - timedelta(minutes=minutes)).timestamp()
    assert limits.rate(then, NOW.timestamp()) == status
    assert limits.reason(then, "", NOW.timestamp()) == reason


class Nodes(Module):
    """Nodes."""

    class Data(Module.Data):
        taken: datetime | None = column("As of", limits=Older(warning="15m", critical="1h"), default=None)

    class Node(Module.Row, key="name", counts=True):
        load: float
        name: str
        state: State

    class Note(Module.Row):
        text: str = column(limits=Equal(critical="bad"))


RULES = rules_of(Nodes.declared.tables, Nodes.Config())


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([State.fine("idle"), State.fine("down, acknowledged")], (1, "")),
        ([State.fine("idle"), State.critical("down")], (0, "wn1: down")),
        ([State.warning("drain"), State.critical("down")], (0, "wn1: down, wn0: drain")),
        ([State.unknown("unk"), State.fine("idle")], (1, "")),
        ([State.unknown("unk"), State.unknown("unk")], (-1, "None of the values that are rated is known.")),
    ],
)
def test_rows_are_rated_by_their_states_and_named_by_their_key(
    states: list[State], expected: tuple[float, str]
) -> None:
    rows = {"node": [[1.0, f"wn{number}", state] for number, state in enumerate(states)]}
    assert rate_instance(RULES, None, rows, Result(), 0) == expected


def test_rows_do_not_count_unless_their_class_says_so() -> None:
    assert rate_instance(RULES, None, {"note": [["bad"]]}, Result(), 0) == (1, "")


def test_the_sentence_of_an_age_is_the_same_in_every_run() -> None:
    then = (NOW - timedelta(hours=2)).timestamp()
    found = {rate_instance(RULES, [then], {}, Result(), NOW.timestamp() + later) for later in (0, 900, 1800)}
    assert found == {(0, "As of 2026-11-22 16:00 UTC (critical when older than 1 h)")}


def test_nothing_to_rate_keeps_its_colours() -> None:
    result = Result(idle=True, sentence="There are no jobs.")
    assert rate_instance(RULES, None, {"node": [[1.0, "wn0", State.critical("down")]]}, result, 0) == (
        1,
        "There are no jobs.",
    )
    assert Result(idle=True).status is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"key": "nane"}, "key='nane': there is no such column"),
        ({"sort": "name, -lod"}, "sort='lod': there is no such"),
    ],
)
def test_a_row_class_names_its_own_columns(options: dict[str, str], sentence: str) -> None:
    class Row(Module.Row, **options):
        name: str

    with pytest.raises(ModuleError, match=sentence):
        type("Bad", (Module,), {"Row": Row})


@pytest.mark.parametrize("option", ["link", "unit_in", "limits_in"])
def test_a_column_names_columns_of_its_own_table(option: str) -> None:
    class Row(Module.Row):
        number: float = column(**{option: "lnik"})  # type: ignore[arg-type]

    with pytest.raises(ModuleError, match=f"{option}='lnik': there is no such column"):
        type("Bad", (Module,), {"Row": Row})


def test_a_table_has_a_bearable_number_of_columns() -> None:
    data = type("Data", (Module.Data,), {"__annotations__": {f"x{number}": int for number in range(2500)}})
    with pytest.raises(ModuleError, match="has 2500 columns; there may be 200"):
        type("Wide", (Module,), {"Data": data})


def test_a_value_is_checked_when_it_is_changed() -> None:
    node = Nodes.Node(load=1, name="a", state=State.fine("idle"))
    with pytest.raises(ValueError, match="Input should be a valid number"):
        node.load = "high"  # type: ignore[assignment]


TYPED = """
from happyface import Module, Result, Source, Fetched, column, Above

class Typed(Module):
    class Config(Module.Config):
        source: Source
        most: int = 3

    class Data(Module.Data):
        total: int = column("Total", limits=Above(warning=5))
        free: float | None = column("Free", default=None)

    class Pool(Module.Row, key="name"):
        name: str
        size: int = column(unit="bytes")

    config: Config

    def extract(self, source: Fetched) -> Result:
        good = self.Data(total=self.config.most)
        pools = [self.Pool(name="a", size=3)]
        missing = self.Data(free=1.0)
        lost = self.Pool(name="a")
        wrong = self.Data(total="many")
        return Result(good, pools)
"""


def test_a_type_checker_finds_a_missing_column(tmp_path: Path) -> None:
    (tmp_path / "typed.py").write_text(TYPED)
    (tmp_path / "mypy.ini").write_text("[mypy]\n")
    command = [sys.executable, "-m", "mypy", "--no-incremental", "--config-file", "mypy.ini", "typed.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    found = {line.split(":")[1]: line for line in done.stdout.splitlines() if ": error:" in line}
    assert set(found) == {"22", "23", "24"}, done.stdout
    assert 'Missing named argument "total"' in found["22"]
    assert 'Missing named argument "size"' in found["23"]
