"""Charts that a row class declares: mistakes are told when the class is made; what is right is kept, and travels."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from happyface import Bars, Bytes, Chart, Histogram, Module, Scatter, column
from happyface.contract.charts import usual_chart
from happyface.errors import ModuleError
from happyface.model.outline import ModuleOutline, Outline
from happyface.site import read_site


def declare(charts: Any, key: str | None = "name") -> Any:
    """The table of a class of rows with these charts."""

    class Nodes(Module):
        class Node(Module.Row, key=key, charts=charts):
            name: str
            busy: int
            idle: int
            size: Bytes
            seen: datetime
            jobs: int = column(unit=("job", "jobs"))

    return Nodes.declared.tables["node"]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Bars("busy"), "charts are a list: charts=[Bars('load')]"),
        (lambda: "busy", "charts are a list"),
        (lambda: ["busy"], "charts are made by Bars, Histogram or Scatter; 'busy' is none of them"),
        (lambda: [Bars()], "a chart of bars shows at least one column of numbers"),
        (lambda: [Bars("bussy")], "there is no column 'bussy'; did you mean 'busy'?"),
        (lambda: [Bars("name")], "the column 'name' is not a number; numbers are: busy, idle, size, jobs"),
        (lambda: [Bars("busy", "busy")], "each column stands in a chart only once"),
        (lambda: [Bars(*(f"x{n}" for n in range(9)))], "there is no column 'x0'"),
        (lambda: [Bars("busy", "size")], "bars have one scale, but 'busy' is without a unit and 'size' in bytes"),
        (lambda: [Bars("size", "jobs", stacked=True)], "'size' is in bytes and 'jobs' in jobs"),
        (lambda: [Bars("busy", by="nam")], "there is no column 'nam'; did you mean 'name'?"),
        (lambda: [Bars("busy", by="seen")], "the column 'seen' is a time, which names no bar"),
        (lambda: [Bars(("busy", "idle"))], "Bars takes names of columns, such as 'load', not ('busy', 'idle')"),  # type: ignore[arg-type]
        (lambda: [Histogram("name")], "the column 'name' is not a number"),
        (
            lambda: [Histogram("busy", bins=-1)],
            "bins=-1: expected is a whole number from 0 (as many as suit it) to 200",
        ),
        (lambda: [Histogram("busy", bins=201)], "bins=201"),
        (lambda: [Histogram("busy", bins=True)], "bins=True"),
        (lambda: [Scatter("busy", "seen")], "the column 'seen' is not a number"),
        (lambda: [Scatter("nothing", "busy")], "there is no column 'nothing'"),
        (lambda: [Bars("busy")] * 5, "there are 5 charts; a table may have 4"),
    ],
)
def test_a_chart_that_cannot_be_drawn_is_refused_when_its_class_is_made(make: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(ModuleError) as raised:
        declare(make())
    assert sentence in str(raised.value)


def test_more_columns_than_can_be_told_from_each_other_are_refused() -> None:
    names = [f"x{number}" for number in range(9)]
    row = type("Node", (Module.Row,), {"__annotations__": {"name": str} | dict.fromkeys(names, int)}, key="name")
    with pytest.raises(ModuleError, match="a chart of bars shows at most 8 columns, not 9"):
        type("Nodes", (Module,), {"Node": type("Node", (row,), {}, charts=[Bars(*names)])})


def test_bars_are_named_by_the_key_or_by_a_column_that_is_said() -> None:
    assert declare([Bars("busy", "idle")]).charts == (Chart("bars", ("busy", "idle"), "name"),)
    assert declare([Bars("busy", by="idle", stacked=True)]).charts == (Chart("stacked", ("busy",), "idle"),)
    with pytest.raises(ModuleError, match=r"bars need a name: give the rows a key, or say by='…'"):
        declare([Bars("busy")], key=None)


def test_the_charts_of_a_class_hold_for_those_derived_from_it() -> None:
    class Base(Module):
        class Node(Module.Row, key="name", charts=[Histogram("load", bins=5)]):
            name: str
            load: float

    class Derived(Base):
        class Node(Base.Node):
            more: int

    assert Derived.declared.tables["node"].charts == (Chart("histogram", ("load",), bins=5),)


def test_charts_are_a_part_of_a_sites_outline_and_older_outlines_have_none() -> None:
    table = declare([Bars("busy"), Histogram("size", bins=3), Scatter("busy", "idle")])
    outline = Outline("Site", (), (), (ModuleOutline("nodes", "", {"node": table}),))
    assert Outline.load(outline.text) == outline
    old = json.loads(outline.text)
    del old["modules"][0]["tables"]["node"]["charts"]
    assert Outline.load(json.dumps(old)).modules[0].tables["node"].charts == ()


def test_without_a_word_the_first_chart_is_drawn_else_bars_of_the_first_number() -> None:
    assert usual_chart(declare([Histogram("busy"), Bars("idle")])) == Chart("histogram", ("busy",))
    assert usual_chart(declare([])) == Chart("bars", ("busy",), "name")
    assert usual_chart(declare([], key=None)) == Chart("bars", ("busy",), "name")


def test_check_tells_of_a_chart_that_cannot_be_drawn(make_site: Callable[..., Path]) -> None:
    code = """
        from happyface import Bars, Module, Result

        class Nodes(Module):
            class Node(Module.Row, key="name", charts=[Bars("lod")]):
                name: str
                load: float

            def extract(self) -> Result:
                return Result(None, [])
    """
    site = read_site(make_site(modules={"nodes": code}, instances="[a]\nmodule = nodes\n", members="a"))
    assert "charts: there is no column 'lod'; did you mean 'load'?" in site.instances["a"].broken
