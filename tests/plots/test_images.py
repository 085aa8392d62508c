"""Images of plots: that they are what was asked for, that others' texts stay texts, and that memory stays flat."""

import re
import struct
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fake_store import STEP, FakeStore
from lxml import etree

from happyface.contract.columns import Column
from happyface.contract.limits import Above
from happyface.model.access import ANONYMOUS
from happyface.model.series import StatusPiece
from happyface.plots.images import draw_image
from happyface.plots.plot import make_plot
from happyface.plots.request import parse_request

pytest.importorskip("matplotlib")

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = 1_795_300_200
TIMES = [BEGIN + number * STEP for number in range(96)]
NOW = datetime.fromtimestamp(TIMES[-1], UTC)
SVG = "{http://www.w3.org/2000/svg}"
COLUMNS = {
    ("a", ""): (
        Column("load", "number", "Load", limits=Above(warning=50, critical=5000)),
        Column("used", "number", "Used", "bytes"),
        Column("share", "number", "Share", "share"),
        Column("nodes", "integer", "Nodes", "node|nodes"),
    )
}
NUMBERS = {
    ("a", "", "load"): [float(number) for number in range(96)],
    ("a", "", "used"): [1e12 + number * 1e10 for number in range(96)],
    ("a", "", "share"): [float("nan") if 40 < number < 60 else 0.5 for number in range(96)],
    ("a", "", "nodes"): [number % 7 for number in range(96)],
}
PIECES = [StatusPiece(TIMES[0], TIMES[30], 1.0), StatusPiece(TIMES[30], TIMES[50], 0.0, "down")]


def drawn(*curves: str, points: int | None = 40, **parameters: str) -> bytes:
    named = {f"curve_{number}": curve for number, curve in enumerate(curves, start=1)}
    request = parse_request(named | parameters, BERLIN, NOW)
    return draw_image(make_plot(request, FakeStore(TIMES, COLUMNS, NUMBERS, PIECES), ANONYMOUS, NOW, points), BERLIN)


def svg(*curves: str, **parameters: str) -> Any:
    return etree.fromstring(drawn(*curves, format="svg", **parameters))


def texts(image: Any) -> list[str]:
    return ["".join(node.itertext()) for node in image.iter(f"{SVG}text")]


@pytest.mark.parametrize(("width", "height", "dpi"), [(800, 400, 100), (333, 257, 77), (100, 100, 300)])
def test_an_image_has_the_size_that_was_asked_for(width: int, height: int, dpi: int) -> None:
    image = drawn("a,,load", width=str(width), height=str(height), dpi=str(dpi))
    assert image.startswith(b"\x89PNG")
    assert struct.unpack(">II", image[16:24]) == (width, height)


def test_each_format_is_what_it_says() -> None:
    assert drawn("a,,load", format="pdf").startswith(b"%PDF")
    assert svg("a,,load").tag == f"{SVG}svg"


def test_title_labels_limits_and_units_are_written() -> None:
    found = texts(svg("a,,load,First", "a,,used", "a,,share", "a,,nodes", title="All of it"))
    assert {
        "All of it",
        "First",
        "A: Used",
        "A: Share (50 % to 50 %)",
        "warning ≥ 50",
        "A: Nodes (0 nodes to 6 nodes)",
    } <= set(found)
    assert any(re.fullmatch(r"1\.\d+ TB", text) for text in found)
    assert not any("5000" in text for text in found)  # a limit far away would press the curve flat


def test_the_label_of_the_axis_is_the_one_that_was_asked_for_else_the_unit() -> None:
    assert "nodes" in texts(svg("a,,nodes"))
    assert "machines" in texts(svg("a,,nodes", ylabel="machines"))


def test_times_on_the_axis_are_the_sites() -> None:
    found = texts(svg("a,,load", start=str(BEGIN), end=str(BEGIN + 6 * 3600)))
    assert f"{datetime.fromtimestamp(BEGIN + 3 * 3600, BERLIN):%H}:00" in found


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "$x^2$ & $\\frac{1}{0}$", "]]> </text>", "$", "_$_"])
def test_texts_of_others_stay_texts(text: str) -> None:
    image = svg(f"a,,load,{text}", title=text, ylabel=text)
    assert texts(image).count(text) == 3
    assert [node.tag for node in image.iter(f"{SVG}script", f"{SVG}a", f"{SVG}foreignObject", f"{SVG}image")] == []


def test_every_place_of_the_legend_is_drawn_and_none_leaves_it_out() -> None:
    for place in range(12):
        assert "Mine" in texts(svg("a,,load,Mine", legend=str(place)))
    assert "Mine" not in texts(svg("a,,load,Mine", legend="none"))


def test_light_and_dark_are_the_colours_of_the_page() -> None:
    tokens = (Path(__file__).parents[2] / "frontend/src/tokens.css").read_text()
    sheets = re.findall(r"--sheet: (#\w+);", tokens)
    light, dark = drawn("a,,load", format="svg").decode(), drawn("a,,load", format="svg", dark="1").decode()
    assert sheets == ["#fff", "#1a2129"]
    assert "fill: #ffffff" in light
    assert "fill: #1a2129" in dark


def test_problems_are_written_and_the_other_curves_drawn() -> None:
    found = " ".join(texts(svg("a,,lod", "a,,load,Mine")))
    assert "Curve 1: there is no 'a', 'lod'" in found
    assert "Mine" in found


def test_a_span_without_data_says_where_there_is_some() -> None:
    found = " ".join(texts(svg("a,,load", start_date="2020-01-01", end_date="2020-01-02")))
    assert f"{datetime.fromtimestamp(TIMES[0], BERLIN):%Y-%m-%d %H:%M}" in found


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"curve_1": "a,,load", "compare": "6h", "renormalize": "1"},
        {"curve_1": "a,,1 / 0"},
        {"curve_1": "a,,share * 1e300 * 1e8"},
        {"curve_1": "a,,load,\u4e2d\u6587 \U0001f600"},
        {f"curve_{number}": f"a,,load + {number}" for number in range(20)},
        {"curve_1": "a,,load", "width": "100", "height": "100", "title": "x" * 200, "legend": "11"},
    ],
)
def test_whatever_is_asked_for_an_image_comes_of_it(parameters: dict[str, str]) -> None:
    assert drawn(**parameters).startswith(b"\x89PNG")


MANY = """
import gc, resource, sys
sys.path.insert(0, sys.argv[1])
from test_images import drawn

def size():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

for number in range(20):
    drawn("a,,load", "a,,used", format=("png", "svg", "pdf")[number % 3])
before = size()
for number in range(100):
    drawn("a,,load", "a,,used", format=("png", "svg", "pdf")[number % 3])
print(size() - before, "matplotlib.pyplot" in sys.modules)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads its memory from /proc")
def test_a_hundred_images_leave_the_memory_flat_and_pyplot_alone() -> None:
    command = [sys.executable, "-c", MANY, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    grown, pyplot = done.stdout.split()
    assert int(grown) < 100 * 100_000  # HappyFace 3 lost 11 MB each
    assert pyplot == "False"


def test_matplotlib_is_loaded_by_the_first_image_alone() -> None:
    code = "import sys, happyface.plots.output; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
