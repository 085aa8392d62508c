"""The commands as a user calls them: what they print, and their exit status."""

import gzip
import json
import logging
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from click.testing import CliRunner, Result

import servers
from happyface.acquire.run import cycle
from happyface.cli import logs, main
from happyface.cli.main import COMMANDS
from happyface.cli.tables import Text, print_table
from happyface.site import read_site
from happyface.site.settings import SECTIONS
from happyface.store import Store
from making import MakeSite
from servers import MonitorServer


@contextmanager
def own_logging() -> Iterator[None]:
    """Commands set up logging for a process of their own."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    root.handlers = []
    try:
        yield
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers, root.level = before, level


def happyface(*arguments: object) -> Result:
    with own_logging():
        return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def test_a_new_site_is_valid_and_runs_at_once(tmp_path: Path) -> None:
    site = tmp_path / "my site"
    made = happyface("init", site)
    assert made.exit_code == 0
    assert "acquire" in made.output
    checked = happyface("-C", site, "check")
    assert (checked.exit_code, checked.output.strip()) == (0, f"{site}: 1 category, 1 instance; nothing is wrong.")
    acquired = happyface("-C", site, "acquire")
    assert acquired.exit_code == 0
    assert re.search(r"^Run 1 is complete in .*: 1 (happy|neutral|unhappy)\.$", acquired.output, re.MULTILINE)


def test_a_site_is_not_made_twice(tmp_path: Path) -> None:
    happyface("init", tmp_path / "site")
    (tmp_path / "site/config/happyface.cfg").write_text("; mine\n")
    again = happyface("init", tmp_path / "site")
    assert again.exit_code == 1
    assert "is a site already; nothing was changed." in again.output
    assert (tmp_path / "site/config/happyface.cfg").read_text() == "; mine\n"


def test_a_site_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = happyface("init", tmp_path / "file" / "site")
    assert done.exit_code == 1
    assert "cannot be made a site: Not a directory" in done.output


def test_every_default_that_init_writes_is_valid_and_the_default(tmp_path: Path) -> None:
    happyface("init", tmp_path / "site")
    path = tmp_path / "site/config/happyface.cfg"
    text = path.read_text()
    for name, section in SECTIONS.items():
        assert f"[{name}]" in text
        assert all(f"\n;{key} = " in text for key in section.model_fields)
    before = read_site(tmp_path / "site").settings
    path.write_text(re.sub(r"(?m)^;(\w+ =)", r"\1", text))
    assert read_site(tmp_path / "site").settings == before


def test_what_init_comments_out_of_its_examples_is_valid(tmp_path: Path) -> None:
    happyface("init", tmp_path / "site")
    path = tmp_path / "site/config/modules-enabled/this_machine.cfg"
    path.write_text(re.sub(r"(?m)^; (\[|[a-z.]+ =)", r"\1", path.read_text()))
    done = happyface("-C", tmp_path / "site", "check")
    assert "[portal] is in no category, so it is not acquired" in done.output
    assert done.exit_code == 0


def test_check_tells_everything_that_is_wrong(make_site: MakeSite) -> None:
    root = make_site(site="[x]\n[y]\n", members="a")
    done = happyface("-C", root, "check")
    assert done.exit_code == 1
    assert "config/happyface.cfg:1: unknown section [x]" in done.output
    assert "config/happyface.cfg:2: unknown section [y]" in done.output
    assert f"3 things are wrong with {root}." in done.output


def test_check_fails_for_a_broken_module(make_site: MakeSite) -> None:
    root = make_site(instances="[a]\nmodule = bad\n", modules={"bad": "1 / 0"}, members="a")
    done = happyface("-C", root, "check")
    assert done.exit_code == 1
    assert "[a]: The module bad cannot be used: it does not import: ZeroDivisionError: division by zero" in done.output
    assert "one of them cannot work" in done.output


@pytest.mark.parametrize("command", ["check", "acquire", "status"])
def test_a_site_that_is_not_there_is_one_sentence(command: str, tmp_path: Path) -> None:
    done = happyface("-C", tmp_path / "nowhere", command)
    assert done.exit_code == 1
    assert done.output.startswith(f"There is no directory {tmp_path}/nowhere.")


@pytest.mark.parametrize("command", ["acquire", "status"])
def test_an_invalid_site_is_told_and_nothing_is_done(command: str, make_site: MakeSite) -> None:
    done = happyface("-C", make_site(site="[x]\n"), command)
    assert done.exit_code == 1
    assert "config/happyface.cfg:1: unknown section [x]" in done.output


@pytest.mark.parametrize(
    "arguments", [["acquire", "--every", "soon"], ["acquire", "--every", "0.1s"], ["nonsense"], ["--x"]]
)
def test_wrong_usage_is_exit_status_2(arguments: list[str], make_site: MakeSite) -> None:
    assert happyface("-C", make_site(), *arguments).exit_code == 2


def test_help_is_there_for_every_command() -> None:
    listed = happyface("--help")
    for name in COMMANDS:
        assert name in listed.output
        assert happyface(name, "--help").exit_code == 0


FAILING = "[a]\nmodule = probe\nsource = {0}/top\nname = The top\n[b]\nmodule = probe\nsource = {0}/json\n"


def test_acquire_prints_plain_lines_and_logs(make_site: MakeSite, server: MonitorServer) -> None:
    server.bodies["top"] = b'{"value": 70}'
    root = make_site(instances=FAILING.format(server.url), members="a, b")
    done = happyface("-C", root, "acquire")
    assert "fetching: 2 done" in done.output
    assert "reading: 2 done" in done.output
    assert re.search(r"Run 1 is complete in .*: 1 happy, 1 unhappy\.", done.output)
    log = (root / "data/log/acquire.log").read_text()
    assert re.search(r"INFO +a: unhappy, was new: Value 70", log)


def test_an_acquisition_beside_another_leaves(make_site: MakeSite, server: MonitorServer) -> None:
    root = make_site(instances=f"[a]\nmodule = probe\nsource = {server.url}/held\n", members="a")
    command = [sys.executable, "-m", "happyface", "-C", root, "acquire"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        try:
            _wait_for(lambda: server.at_once, first)
            second = happyface("-C", root, "acquire")
        finally:
            server.released.set()
    assert second.exit_code == 1
    assert second.output == f"Another acquisition of {root} is under way; this one leaves it alone.\n"
    assert first.returncode == 0


def test_a_log_that_cannot_be_written_is_one_sentence(make_site: MakeSite) -> None:
    root = make_site()
    (root / "data").write_text("")
    done = happyface("-C", root, "acquire")
    assert (done.exit_code, done.output) == (
        1,
        f"The log {root}/data/log/acquire.log cannot be written: Not a directory.\n",
    )


def test_acquiring_every_so_often_picks_up_changes_and_ends_when_told(
    make_site: MakeSite, server: MonitorServer
) -> None:
    root = make_site(instances=f"[a]\nmodule = probe\nsource = {server.url}/json\n", members="a")
    command = [sys.executable, "-m", "happyface", "-C", root, "acquire", "--every", "1s"]
    lines: list[str] = []

    def until(text: str, start: int = 0) -> None:
        _wait_for(lambda: any(text in line for line in lines[start:]), process)

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        reading = threading.Thread(target=lambda: lines.extend(process.stdout or ()))
        reading.start()
        try:
            until("Run 2 is complete")
            (root / "config/modules-enabled/instances.cfg").write_text("[a]\nmodule = nothing\n")
            until("The changed configuration is not valid; the old one is kept.")
            until("there is no module 'nothing'")
            until("is complete", start=len(lines))
        finally:
            process.send_signal(signal.SIGTERM)
            reading.join()
    assert process.returncode == 0


def _wait_for(condition: Callable[[], object], process: subprocess.Popen[Any]) -> None:
    """Wait until something holds while a process runs: as long as a busy machine may need."""
    end = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, "it ended too early"
        assert time.monotonic() < end
        time.sleep(0.02)


def test_logs_are_rotated_and_compressed(tmp_path: Path) -> None:
    with own_logging():
        logs.set_up(tmp_path / "log/x.log", size=1000)
        for number in range(60):
            logging.getLogger("x").warning("line %d %s", number, "." * 50)
    old = sorted((tmp_path / "log").glob("x.log.*.gz"))
    assert 0 < len(old) <= 10
    with gzip.open(old[0], "rt") as text:
        assert "line" in text.read()


def test_what_others_have_said_is_nothing_but_text_in_a_log(tmp_path: Path) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError("no words")

    with own_logging():
        logs.set_up(tmp_path / "x.log")
        log = logging.getLogger("x")
        log.error("%s", "\x1b[2J\x1b]0;title\x07 clear\rover\x9b5n \u202eback \ud800")
        log.error("%s", "one\n2026-11-26 09:00:00,000 INFO    forged")
        log.error("%s", "begin" + "x" * 50_000_000 + "end")
        log.error("%s", Mute())
        try:
            raise RuntimeError("huge\n2026 " + "y" * 1_000_000)
        except RuntimeError:
            log.exception("it failed")
    text = (tmp_path / "x.log").read_text(encoding="utf-8")
    assert text.isprintable() or not set(text) & set("\x1b\x07\r\x9b\u202e")
    assert r"\x1b[2J" in text
    assert len(text) < 70_000
    assert "begin" in text
    assert "xxxend" in text
    assert "cannot be written: ValueError" in text
    records = [line for line in text.splitlines() if not line.startswith("    ")]
    assert len(records) == 5
    assert not any("forged" in line or line.startswith("2026 ") for line in records)


def test_status_tells_faces_and_is_0_only_when_all_is_well(make_site: MakeSite, server: MonitorServer) -> None:
    server.bodies["top"] = b'{"value": 70}'
    root = make_site(site="[happyface]\ntimezone = Asia/Tokyo\n", instances=FAILING.format(server.url), members="a, b")
    early = happyface("-C", root, "status")
    assert (early.exit_code, early.output) == (1, f"{root} has no run yet; 'happyface acquire' makes one.\n")
    happyface("-C", root, "acquire")
    bad = happyface("-C", root, "status")
    assert bad.exit_code == 1
    assert re.search(r"^unhappy +all +1 of 2: The top: Value 70 \(critical ≥ 10\) *$", bad.output, re.MULTILINE)
    assert re.search(
        r"^unhappy +The top +\d{4}-\d\d-\d\d \d\d:\d\d +Value 70 \(critical ≥ 10\) *$", bad.output, re.MULTILINE
    )
    assert re.search(r"^happy +b +.* Value 1 *$", bad.output, re.MULTILINE)
    server.bodies["top"] = b'{"value": 1}'
    happyface("-C", root, "acquire")
    assert happyface("-C", root, "status").exit_code == 0


def test_status_as_json(make_site: MakeSite, server: MonitorServer) -> None:
    server.bodies["top"] = b'{"value": 7}'
    root = make_site(
        site="[template]\nweb_title = Ünsere\n",
        instances=FAILING.format(server.url)
        + f"[c]\nmodule = probe\nsource = {server.url}/json\naccess = restricted\n",
        members="a, b, c",
    )
    happyface("-C", root, "acquire")
    done = happyface("-C", root, "status", "--json")
    status = json.loads(done.output)
    assert done.exit_code == 1
    assert (status["title"], status["run"], status["stale"], status["well"]) == ("Ünsere", 1, False, False)
    assert datetime.fromisoformat(status["time"]).tzinfo is not None
    (category,) = status["categories"]
    assert (category["name"], category["status"], category["face"]) == ("all", 0.5, "neutral")
    assert [(instance["name"], instance["title"], instance["face"]) for instance in category["instances"]] == [
        ("a", "The top", "neutral"),
        ("b", "b", "happy"),
    ]


def test_a_lost_database_is_told_by_acquire_and_by_status(make_site: MakeSite, server: MonitorServer) -> None:
    root = make_site(instances=f"[a]\nmodule = probe\nsource = {server.url}/json\n", members="a")
    happyface("-C", root, "acquire")
    for path in (root / "data").glob("happyface.db*"):
        path.unlink()
    done = happyface("-C", root, "acquire")
    assert done.exit_code == 0
    assert "has no run, although run 1 was stored in it" in (root / "data/log/acquire.log").read_text()
    told = happyface("-C", root, "status")
    assert told.exit_code == 1
    assert "The database was found empty at 20" in told.output
    assert re.search(r"^happy +a ", told.output, re.MULTILINE)
    (root / "data/database.lost").unlink()
    assert happyface("-C", root, "status").exit_code == 0


def test_a_stale_status_is_told(make_site: MakeSite, server: MonitorServer) -> None:
    root = make_site(
        site="[happyface]\nstale_data_threshold_minutes = 0.0001\n",
        instances=f"[a]\nmodule = probe\nsource = {server.url}/json\n",
        members="a",
    )
    happyface("-C", root, "acquire")
    time.sleep(1.1)
    done = happyface("-C", root, "status")
    assert done.exit_code == 1
    assert "ago: stale" in done.output.splitlines()[0]


FORGED = "fine\x1b[2J\x1b]0;title\x07\nhappy  all is well\r\x9b1m\N{RIGHT-TO-LEFT OVERRIDE}"


def test_what_a_monitor_says_cannot_steer_a_terminal_or_forge_a_line(make_site: MakeSite) -> None:
    code = """
    from happyface import Module, Result
    class Says(Module):
        def extract(self) -> Result:
            print(TEXT)
            return Result(sentence=TEXT, status=0.0)
    """
    root = make_site(
        instances="[a]\nmodule = says\n", modules={"says": f"TEXT = {FORGED!r}\n{dedent(code)}"}, members="a"
    )
    for command in (["acquire"], ["status"], ["status", "--json"], ["module", "try", "a"]):
        text = happyface("-C", root, *command).output
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text), command
    assert "happy all is well" in happyface("-C", root, "status").output
    assert not re.search("^happy", happyface("-C", root, "status").output, re.MULTILINE)
    stored = json.loads(happyface("-C", root, "status", "--json").output)
    assert "\x1b[2J" in stored["categories"][0]["instances"][0]["sentence"]


def test_what_a_configuration_says_cannot_steer_a_terminal(make_site: MakeSite) -> None:
    root = make_site(site="[happyface]\ntimezone = \x1b[2Jx\n  \x9b1m\n\x1b]0;t\x07\n")
    for command in ("check", "status"):
        done = happyface("-C", root, command)
        assert done.exit_code == 1
        assert "\\x1b[2Jx\\n\\x9b1m" in done.output
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.output)


def test_check_names_what_is_not_there_and_stops_nothing(make_site: MakeSite) -> None:
    root = make_site(
        {"there.json": "{}", "run.sh": ""},
        site="[template]\nlogo_img = /gone.svg\n",
        instances="".join(
            f"[{name}]\nmodule = probe\nsource = {source}\n"
            for name, source in {
                "file": "gone.json",
                "address": "www.example.org/x",
                "command": "command:no_such_program --now",
                "alike": "gone.json",
                "there": "there.json",
                "dated": "/var/log/${now:%Y}.log",
                "script": "command:./run.sh 1",
                "shell": "command:sh -c true",
            }.items()
        ),
        members="file, address, command, alike, there, dated, script, shell",
    )
    done = happyface("-C", root, "check")
    assert done.exit_code == 0
    assert done.output.splitlines()[:-1] == [
        "[template] logo_img: there is no file static/gone.svg",
        "[file]: there is no file 'gone.json' (the same in [alike])",
        "[address]: there is no file 'www.example.org/x'; an address begins with https://",
        "[command]: there is no command 'no_such_program'",
    ]


def test_check_looks_at_keys_and_certificates(make_site: MakeSite) -> None:
    lines = "module = probe\nsource = https://example.org/x\nsource.certificate = robot.pem\n"
    root = make_site(
        instances=f"[locked]\n{lines}[gone]\n{lines}source.key = gone.key\nsource.ca = gone.ca\n",
        members="locked, gone",
    )
    servers.write_certificate(root / "robot.pem", "HappyFace robot", passphrase=b"hunter2")
    done = happyface("-C", root, "check")
    assert done.output.splitlines()[:-1] == [
        "[locked]: the key in 'robot.pem' has a passphrase, which nobody can type in a run",
        "[gone]: there is no file 'gone.key'",
        "[gone]: there is no file 'gone.ca'",
    ]


@pytest.mark.parametrize("every", ["15", "900", "1e3", "0.5"])
def test_how_often_needs_a_unit(every: str, make_site: MakeSite) -> None:
    done = happyface("-C", make_site(), "acquire", "--every", every)
    assert done.exit_code == 2
    assert f"'{every}' has no unit; write {every}m for minutes or {every}s for seconds" in done.output


def test_a_run_ahead_of_now_is_told_and_is_not_well(make_site: MakeSite, server: MonitorServer) -> None:
    root = make_site(instances=f"[a]\nmodule = probe\nsource = {server.url}/json\n", members="a")
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        cycle(site, store, datetime.now(UTC) + timedelta(minutes=5))
    told = happyface("-C", root, "status")
    assert told.exit_code == 1
    assert told.output.splitlines()[0].endswith("; that is yet to come: the clock of some machine is wrong")
    status = json.loads(happyface("-C", root, "status", "--json").output)
    assert (status["ahead"], status["stale"], status["well"]) == (True, False, False)
    happyface("-C", root, "acquire")
    assert happyface("-C", root, "status").exit_code == 0


def test_modules_are_listed_with_and_without_a_site(
    make_site: MakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HAPPYFACE_SITE", raising=False)
    assert "prometheus" in happyface("module", "list").output
    root = make_site(modules={"broken": "1 / 0"})
    listed = {module["name"]: module for module in json.loads(happyface("-C", root, "module", "list", "--json").output)}
    probe = listed["probe"]
    assert list(probe) == ["name", "lines", "doc", "sources", "config"]
    assert probe["lines"] == len((root / "modules/probe.py").read_text().splitlines())
    assert probe["doc"] == "A number that a server tells."
    assert probe["sources"] == ["source"]
    assert probe["config"] == {"source": {"description": "", "required": True, "default": None}}
    assert listed["broken"]["doc"].startswith("It cannot be used: it does not import: ZeroDivisionError")
    assert listed["phedex_error_log"]["lines"] <= 60
    assert happyface("-C", tmp_path / "nowhere", "module", "list").exit_code == 1


def test_a_new_module_passes_its_own_samples_and_can_be_used(make_site: MakeSite) -> None:
    root = make_site(instances="[a]\nmodule = tape_library\nsource = /x\n", members="a")
    assert happyface("-C", root, "module", "new", "tape_library").exit_code == 0
    done = happyface("-C", root, "module", "test", "tape_library")
    assert (done.exit_code, done.output.count("right: ")) == (0, 4)
    assert happyface("-C", root, "check").exit_code == 0
    again = happyface("-C", root, "module", "new", "tape_library")
    assert (again.exit_code, again.output) == (
        1,
        "There is a module tape_library already (site); nothing was changed.\n",
    )


@pytest.mark.parametrize("name", ["Tape", "tape-library", "../x", "1x", "", "é", "x" * 101])
def test_a_module_is_not_given_a_name_that_does_not_work(name: str, make_site: MakeSite) -> None:
    done = happyface("-C", make_site(), "module", "new", name)
    assert done.exit_code == 1
    assert "a module's name is of small letters" in done.output


def test_a_sample_that_is_not_as_expected_is_told(make_site: MakeSite) -> None:
    root = make_site()
    happyface("-C", root, "module", "new", "tape")
    samples = root / "modules/tape/samples/samples.cfg"
    samples.write_text(
        samples.read_text().replace("expect.value = 3", "expect.value = 4")
        + "[odd]\nsuorce = x\n[none]\nexpect.status = 1\nsource = http://x\nsample.source = gone.json\n"
    )
    done = happyface("-C", root, "module", "test", "tape")
    assert done.exit_code == 1
    assert "wrong: good: Value 3\n  value: expected “4”, found “3.0”" in done.output
    assert "wrong: odd" in done.output
    assert "the case is not valid" in done.output
    assert "gone.json" in done.output
    assert "6 samples, 3 of them not as expected." in done.output


@pytest.mark.parametrize("content", [None, "no section", "\0"])
def test_samples_that_cannot_be_read_are_told(content: str | None, make_site: MakeSite) -> None:
    root = make_site()
    if content is not None:
        (root / "modules/samples").mkdir()
        (root / "modules/samples/samples.cfg").write_text(content)
    done = happyface("-C", root, "module", "test", "probe")
    assert done.exit_code == 1
    assert f"The samples {root}/modules/samples/samples.cfg cannot be read" in done.output


def test_an_unknown_module_is_told_with_the_nearest_spelling(make_site: MakeSite) -> None:
    done = happyface("-C", make_site(), "module", "test", "prob")
    assert (done.exit_code, done.output) == (1, "There is no module 'prob'; did you mean 'probe'?\n")


def test_a_bug_keeps_its_traceback(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("happyface.cli.check.read_site", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        happyface("-C", make_site(), "check")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_a_line_for_every_command_and_loads_none_of_them(name: str) -> None:
    code = (
        "import sys\nfrom happyface.cli import main\n"
        "try:\n    main(['--help'], prog_name='happyface')\n"
        "except SystemExit as ended:\n    assert ended.code == 0\n"
        f"print('loaded' if 'happyface.cli.{name}' in sys.modules else 'not loaded')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.search(rf"^  {name} +{re.escape(COMMANDS[name])}$", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("\nnot loaded\n")


def test_a_table_is_in_columns_that_are_as_wide_as_they_look(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(Text("日本"), Text("x")), (Text("e\N{COMBINING ACUTE ACCENT}"), Text("y")), (Text("abcd"), Text(""))]
    print_table(("a", "b"), rows)
    assert capsys.readouterr().out == "a     b\n日本  x\ne\N{COMBINING ACUTE ACCENT}     y\nabcd\n"


def test_a_terminal_gets_colours_and_bars(make_site: MakeSite, server: MonitorServer) -> None:
    server.bodies["top"] = b'{"value": 70}'
    root = make_site(instances=FAILING.format(server.url), members="a, b")
    acquired = on_a_terminal("-C", str(root), "acquire")
    assert "fetching" in acquired
    assert "2/2" in acquired
    assert "\x1b[" in acquired
    assert re.search(r"Run 1 is complete in .*: 1 happy, 1 unhappy\.", acquired)
    assert re.search(r"\x1b\[1;31munhappy", on_a_terminal("-C", str(root), "status"))


def on_a_terminal(*arguments: str) -> str:
    """What a command writes to somebody who sits before it."""
    inside, outside = pty.openpty()
    termios.tcsetwinsize(outside, (40, 120))
    environment = os.environ | {"TERM": "xterm-256color"}
    command = [sys.executable, "-m", "happyface", *arguments]
    with subprocess.Popen(command, stdin=outside, stdout=outside, stderr=outside, env=environment):
        os.close(outside)
        written = b"".join(iter(lambda: _read(inside), b""))
    os.close(inside)
    return written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how a terminal says on Linux that nobody writes any more
        return b""


def test_serve_prints_where_it_is_answers_there_and_ends_when_told(make_site: MakeSite) -> None:
    root = make_site(site="[template]\nweb_title = Our site\n")
    command = [sys.executable, "-m", "happyface", "-C", root, "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.fullmatch(r"HappyFace is at (http://127\.0\.0\.1:\d+/) \(\^C ends it\)\n", line)
            assert found, line
            with urllib.request.urlopen(found[1]) as answer:
                page = answer.read().decode()
        finally:
            process.send_signal(signal.SIGTERM)
    assert "Our site" in page
    assert process.returncode == 0
