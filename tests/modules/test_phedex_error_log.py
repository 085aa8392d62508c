"""PhEDEx's error log, sentence by sentence of its specification."""

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest

from happyface import Fetched, SourceError, modules
from happyface.acquire.workers.extract import extract
from happyface.model.results import Outcome
from happyface.modules.phedex_error_log import PhedexErrorLog
from happyface.site.modules import find_modules
from happyface.site.nesting import nested_settings

ASKED = 1335860000
SIDES = ("destination", "source", "transfer", "unknown")


def error(text: str | None, time_done: float | str = ASKED) -> str:
    detail = "" if text is None else f"<detail_log>{escape(text)}</detail_log>"
    return f'<transfer_error time_done="{time_done}"><transfer_log/>{detail}<validate_log/></transfer_error>'


def file(*errors: str) -> str:
    return f'<file name="/store/a.root">{"".join(errors)}</file>'


def link(to: str, *files: str, origin: str = "T1_DE_KIT") -> str:
    return f"<link from={quoteattr(origin)} to={quoteattr(to)}><block>{''.join(files)}</block></link>"


def log(*links: str, asked: object = ASKED) -> str:
    return f'<phedex request_timestamp="{asked}">{"".join(links)}</phedex>'


def outcome(folder: Path, body: str, **settings: str) -> Outcome:
    path = folder / "errorlog.xml"
    path.write_text(body, "utf-8")
    flat = {"source": "file:x", "min_error": "0", **{key.replace("__", "."): text for key, text in settings.items()}}
    config = PhedexErrorLog.Config.model_validate(nested_settings(PhedexErrorLog.Config, flat))
    found = extract(PhedexErrorLog, "errors", config, datetime.now(UTC), {"source": Fetched("x", file=path)})
    assert found.detail == ""
    return found


def data(found: Outcome) -> dict[str, Any]:
    columns = PhedexErrorLog.declared.tables[""].columns
    return {column.name: value for column, value in zip(columns, found.data or [], strict=True)}


def counts(found: Outcome) -> dict[str, int]:
    return {side: value for side in SIDES if (value := data(found)[side])}


def nodes(found: Outcome) -> dict[str, Mapping[str, Any]]:
    columns = [column.name for column in PhedexErrorLog.declared.tables["node"].columns]
    rows = [dict(zip(columns, row, strict=True)) for row in found.rows["node"]]
    return {row["node"]: row for row in rows}


def test_takes_at_most_sixty_lines() -> None:
    files = find_modules()["phedex_error_log"].files
    assert files == [Path(modules.__path__[0]) / "phedex_error_log" / "__init__.py"]
    assert sum(len(path.read_text("utf-8").splitlines()) for path in files) <= 60


def test_defaults() -> None:
    config = PhedexErrorLog.Config.model_validate({"source": "file:x"})
    assert (config.link_direction, config.timerange_seconds, config.min_error) == ("from", 7200, 50)
    limits = {column.name: column.limits.format("share") for column in PhedexErrorLog.declared.tables[""].columns}
    assert {name: text for name, text in limits.items() if text} == {
        "destination_share": "warning ≥ 25 %, critical ≥ 50 %",
        "source_share": "warning ≥ 100 %, critical ≥ 100 %",
        "transfer_share": "warning ≥ 100 %, critical ≥ 100 %",
    }


@pytest.mark.parametrize(
    ("time_done", "counted"),
    [
        (ASKED, True),
        (ASKED - 7200, True),
        (ASKED - 7201, False),
        (ASKED + 7200, True),
        (ASKED + 7201, False),
        (f"{ASKED - 7200}.001", True),
        (f"{ASKED - 7201}.999", False),
        ("", False),
        ("yesterday", False),
        ("nan", False),
        ("inf", False),
    ],
)
def test_window(tmp_path: Path, time_done: float | str, counted: bool) -> None:
    found = outcome(tmp_path, log(link("A", file(error("SOURCE error", time_done)))))
    assert data(found)["total"] == counted


def test_an_error_without_a_time_is_left_out(tmp_path: Path) -> None:
    timeless = "<transfer_error><detail_log>SOURCE x</detail_log></transfer_error>"
    assert data(outcome(tmp_path, log(link("A", file(timeless)))))["total"] == 0


def test_window_is_a_setting(tmp_path: Path) -> None:
    body = log(link("A", file(error("SOURCE x", ASKED - 60))))
    assert data(outcome(tmp_path, body, timerange_seconds="1m"))["total"] == 1
    assert data(outcome(tmp_path, body, timerange_seconds="59"))["total"] == 0
    assert data(outcome(tmp_path, body, timerange_seconds="0"))["total"] == 0


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("TRANSFER error during TRANSFER phase", "transfer"),
        ("DESTINATION error", "destination"),
        ("SOURCE error", "source"),
        ("TRANSFER", "transfer"),
        (" TRANSFER error", "unknown"),
        ("TRANSFER\terror", "unknown"),
        ("TRANSFER\nerror", "unknown"),
        ("TRANSFER: error", "unknown"),
        ("transfer error", "unknown"),
        ("TRANSFERS failed", "unknown"),
        ("something else", "unknown"),
        ("Zugriff überlastet – ü", "unknown"),
        (" ", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_the_first_word_decides(tmp_path: Path, text: str | None, side: str) -> None:
    found = outcome(tmp_path, log(link("A", file(error(text)))))
    assert counts(found) == {side: 1}
    assert nodes(found)["A"][f"{side}_message"] == (text or "")


def test_a_file_counts_at_most_once_for_each_side(tmp_path: Path) -> None:
    one = file(error("SOURCE 1"), error("SOURCE 2"), error("TRANSFER 1"), error("?"), error(""), error("SOURCE 3"))
    two = file(error("SOURCE 4"))
    found = outcome(tmp_path, log(link("A", one, two)))
    assert counts(found) == {"source": 2, "transfer": 1, "unknown": 1}
    assert data(found)["total"] == 4


def test_an_old_error_does_not_use_up_the_file(tmp_path: Path) -> None:
    found = outcome(tmp_path, log(link("A", file(error("SOURCE old", ASKED - 9000), error("SOURCE new")))))
    assert counts(found) == {"source": 1}
    assert nodes(found)["A"]["source_message"] == "SOURCE new"


def test_the_last_counted_message_is_kept(tmp_path: Path) -> None:
    found = outcome(
        tmp_path,
        log(link("A", file(error("SOURCE first")), file(error("SOURCE last"), error("SOURCE not counted")))),
    )
    assert nodes(found)["A"]["source_message"] == "SOURCE last"
    assert nodes(found)["A"]["transfer_message"] == ""


def test_links_to_one_node_add_up(tmp_path: Path) -> None:
    found = outcome(
        tmp_path,
        log(
            link("A", file(error("SOURCE 1"))),
            link("B", file(error("SOURCE 2"))),
            link("A", file(error("SOURCE 3"), error("TRANSFER 3")), origin="T1_DE_KIT_Disk"),
        ),
    )
    assert {name: (row["source"], row["transfer"]) for name, row in nodes(found).items()} == {"A": (2, 1), "B": (1, 0)}
    assert nodes(found)["A"]["source_message"] == "SOURCE 3"


def test_direction(tmp_path: Path) -> None:
    body = log(link("B", file(error("SOURCE x")), origin="A"))
    assert list(nodes(outcome(tmp_path, body))) == ["B"]
    assert list(nodes(outcome(tmp_path, body, link_direction="from"))) == ["B"]
    assert list(nodes(outcome(tmp_path, body, link_direction="to"))) == ["A"]


def test_nodes_with_nothing_counted_are_left_out(tmp_path: Path) -> None:
    old = file(error("SOURCE x", ASKED - 9000))
    found = outcome(tmp_path, log(link("A", old), link("B"), link("C", file()), link("D", file(error("?")))))
    assert list(nodes(found)) == ["D"]


def test_comments_and_foreign_elements_are_no_errors(tmp_path: Path) -> None:
    found = outcome(
        tmp_path,
        f"""<?xml version="1.0"?><!-- a -->
        <phedex request_timestamp="{ASKED}" xmlns:x="http://example.org"><!-- b --><?pi?>
        <note>{file(error("SOURCE 0"))}</note>
        <link from="K" to="A"><!-- c --><note/><x:block>{file(error("SOURCE 1"))}</x:block>
          {file(error("SOURCE 2"))}
          <block><!-- d --><note>{error("SOURCE 3")}</note>{error("SOURCE 4")}
            <file><!-- e --><note><detail_log>SOURCE 5</detail_log></note><detail_log>SOURCE 6</detail_log>
              <x:transfer_error time_done="{ASKED}"><detail_log>SOURCE 7</detail_log></x:transfer_error>
              <transfer_error time_done="{ASKED}"><!-- f --><note>SOURCE</note>
                <detail_log>TRANS<!-- g -->FER yes</detail_log>
              </transfer_error>
            </file>
          </block>
        </link></phedex><!-- h -->""",
    )
    assert counts(found) == {"transfer": 1}
    assert nodes(found)["A"]["transfer_message"] == "TRANSFER yes"


def test_text_that_is_not_ascii(tmp_path: Path) -> None:
    found = outcome(tmp_path, log(link("Göttingen", file(error("SOURCE – schließt nicht: 失敗 <&> 😀")))))
    assert nodes(found)["Göttingen"]["source_message"] == "SOURCE – schließt nicht: 失敗 <&> 😀"


def test_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "latin.xml"
    path.write_bytes(
        ('<?xml version="1.0" encoding="ISO-8859-1"?>' + log(link("A", file(error("SOURCE ü"))))).encode("latin-1")
    )
    config = PhedexErrorLog.Config.model_validate({"source": "file:x"})
    result = PhedexErrorLog("errors", config, datetime.now(UTC)).extract(Fetched("x", file=path))
    assert [row.source_message for row in result.rows if isinstance(row, PhedexErrorLog.Node)] == ["SOURCE ü"]


def failing(**sides: int) -> str:
    """A log with so many failing files for each side."""
    files = [file(error(f"{side.upper()} x")) for side, count in sides.items() for _ in range(count)]
    return log(link("A", *files))


@pytest.mark.parametrize(
    ("sides", "status"),
    [
        ({"destination": 1, "other": 4}, 1.0),
        ({"destination": 25, "other": 75}, 0.5),
        ({"destination": 24, "other": 76}, 1.0),
        ({"destination": 49, "other": 51}, 0.5),
        ({"destination": 50, "other": 50}, 0.0),
        ({"source": 99, "other": 1}, 1.0),
        ({"source": 3}, 0.0),
        ({"transfer": 3}, 0.0),
        ({"other": 3}, 1.0),
        ({"destination": 1, "source": 2}, 0.5),
    ],
)
def test_rating(tmp_path: Path, sides: dict[str, int], status: float) -> None:
    found = outcome(tmp_path, failing(**sides))
    assert found.status == status
    assert found.limited


def test_shares_are_exact(tmp_path: Path) -> None:
    values = data(outcome(tmp_path, failing(destination=1, source=2, transfer=3, other=1)))
    assert values["total"] == 7
    assert [values[f"{side}_share"] for side in SIDES] == [float(Fraction(count, 7)) for count in (1, 2, 3, 1)]


@pytest.mark.parametrize("percent", [1, 7, 29, 35, 57, 69, 70, 94, 99])
def test_a_limit_in_percent_is_reached_exactly(tmp_path: Path, percent: int) -> None:
    body = failing(destination=percent, other=100 - percent)
    at = outcome(tmp_path, body, limits__destination_share=f"critical >= {percent} %")
    assert at.status == 0.0
    above = outcome(tmp_path, body, limits__destination_share=f"critical >= {percent + 1} %")
    assert above.status == 1.0


def test_a_warning_never_hides_a_critical(tmp_path: Path) -> None:
    settings = {
        "limits__destination_share": "warning >= 10 %, critical >= 90 %",
        "limits__source_share": "warning >= 10 %, critical >= 20 %",
        "limits__transfer_share": "warning >= 10 %, critical >= 90 %",
    }
    assert outcome(tmp_path, failing(destination=4, source=4, transfer=4), **settings).status == 0.0
    same = outcome(tmp_path, failing(destination=4, source=6), limits__destination_share="warning > 0, critical > 0")
    assert same.status == 0.0


@pytest.mark.parametrize(("min_error", "status"), [(2, 0.0), (3, 1.0), (4, 1.0)])
def test_rated_only_above_min_error(tmp_path: Path, min_error: int, status: float) -> None:
    assert outcome(tmp_path, failing(destination=3), min_error=str(min_error)).status == status


def test_fifty_errors_are_not_rated_by_default(tmp_path: Path) -> None:
    assert outcome(tmp_path, failing(destination=50), min_error="50").status == 1.0
    assert outcome(tmp_path, failing(destination=51), min_error="50").status == 0.0


def test_no_errors_have_no_shares(tmp_path: Path) -> None:
    found = outcome(tmp_path, log())
    assert found.status == 1.0
    assert data(found) == {"total": 0, **dict.fromkeys(SIDES, 0), **{f"{side}_share": None for side in SIDES}}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not XML",
        "<phedex",
        "<html><body>down for maintenance</body></html>",
        "<phedex/>",
        log(asked=""),
        log(asked="yesterday"),
        log(asked="nan"),
        f'<error request_timestamp="{ASKED}">no such call</error>',
        log(link("A", file(error("SOURCE x")))).replace("request_timestamp", "timestamp"),
    ],
)
def test_what_cannot_be_read_is_not_known(tmp_path: Path, body: str) -> None:
    found = outcome(tmp_path, body)
    assert found.status == -1
    assert found.sentence
    assert found.data is None


def test_what_could_not_be_fetched_is_not_known() -> None:
    config = PhedexErrorLog.Config.model_validate({"source": "https://cmsweb.example.org/"})
    module = PhedexErrorLog("errors", config, datetime.now(UTC))
    with pytest.raises(SourceError, match="It answered 503"):
        module.extract(Fetched("https://cmsweb.example.org/", "It answered 503"))
