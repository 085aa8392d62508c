"""However a run ends, and whatever it has started: all of that ends with it, and at its time."""

import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from children import left_of, running
from happyface.acquire.run import cycle
from happyface.model.access import ANONYMOUS
from happyface.model.views import InstanceView
from happyface.site import read_site
from happyface.store import Store
from making import MakeSite

MODULE = """
import os, signal, subprocess, sys, time
from pathlib import Path
from happyface import Fetched, Module, Result, Source

class Own(Module):
    class Config(Module.Config):
        source: Source | None = None

    class Data(Module.Data):
        value: float | None = None
        word: str = ""

    def extract(self, source: Fetched | None = None):
        {}
"""
WELL = "return Result(self.Data(value=1))"
DAEMON = """if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execvp("sleep", ["sleep", {mark!r}])
            os._exit(0)
        while {mark!r} not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout:
            time.sleep(0.05)
        """
"""Starts what no end of its parent, its session or its group reaches, and goes on when that runs."""


@pytest.fixture
def mark() -> str:
    """Seconds for which nothing else on this machine sleeps."""
    return f"36000.{time.time_ns()}"


def make(make_site: MakeSite, site: str = "", **bodies: str) -> Path:
    """A site with an instance of each module, named as it is."""
    instances = "".join(f"[{name}]\nmodule = {name}\n" for name in bodies)
    modules = {name: MODULE.format(body) for name, body in bodies.items()}
    return make_site(site=site, instances=instances, members=", ".join(bodies), modules=modules)


def acquired(root: Path) -> dict[str, InstanceView]:
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        stored = cycle(site, store)
        return {name: view for name in site.instances if (view := store.instance(ANONYMOUS, name, stored.id))}


def acquire(root: Path, *before: str) -> subprocess.Popen[str]:
    command = [*before, sys.executable, "-m", "happyface", "-C", str(root), "acquire"]
    found = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may run under nohup
    try:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    finally:
        signal.signal(signal.SIGHUP, found)


def wait_for(what: Callable[[], object], patience: float = 60) -> None:
    end = time.monotonic() + patience
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def hanging_module(make_site: MakeSite, mark: str) -> Path:
    return make(make_site, hangs=DAEMON.format(mark=mark) + f"subprocess.run(['sleep', {mark!r}])")


def hanging_command(make_site: MakeSite, mark: str) -> Path:
    root = make_site(instances="[a]\nmodule = probe\nsource = command:sh run.sh\n", members="a")
    (root / "run.sh").write_text(f"setsid sleep {mark} &\nsleep {mark}\n")
    return root


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda number: number.name)
@pytest.mark.parametrize("hanging", [hanging_module, hanging_command])
def test_what_ends_an_acquisition_ends_all_that_it_has_started(
    number: signal.Signals, hanging: Callable[[MakeSite, str], Path], make_site: MakeSite, mark: str
) -> None:
    root = hanging(make_site, mark)
    with acquire(root) as process:
        wait_for(lambda: len([each for each in running(mark) if each.name() == "sleep"]) == 2)
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == (-9 if number == signal.SIGKILL else 1), said
    assert "Traceback" not in said
    assert left_of(mark) == []
    left = list((root / "data").glob("tmp*"))
    assert bool(left) == (number == signal.SIGKILL)
    for path in (root / "modules").glob("hangs.py"):
        path.write_text(MODULE.format(WELL))
    (root / "run.sh").write_text("echo '{\"value\": 1}'\n")
    assert [view.status for view in acquired(root).values()] == [1]
    assert list((root / "data").glob("tmp*")) == []


def test_an_acquisition_that_outlives_its_terminal_is_not_ended_by_it(make_site: MakeSite, mark: str) -> None:
    root = hanging_command(make_site, mark)
    waits = "while [ ! -e go ]; do sleep 0.05; done"
    (root / "run.sh").write_text(f"sleep {mark} &\n{waits}\necho '{{\"value\": 1}}'\n")
    with acquire(root, "nohup") as process:
        wait_for(lambda: running(mark))
        process.send_signal(signal.SIGHUP)
        (root / "go").touch()
        said, _ = process.communicate(timeout=60)
    assert "Run 1 is complete" in said
    assert left_of(mark) == []


@pytest.mark.parametrize(
    ("then", "sentence"),
    [
        (WELL, ""),
        ("os._exit(0)", "The module ended its own process (status 0)."),
        ("os.kill(os.getpid(), 11)", "The module ended its own process (signal SIGSEGV)."),
        ("os.killpg(0, 15); time.sleep(600)", "The module ended its own process (signal SIGTERM)."),
        ("os.kill(os.getppid(), 9); time.sleep(600)", "The module ended its own process (in an unknown way)."),
        ("os.closerange(0, 256); time.sleep(600)", "The module took longer than the 4 s that it may and was ended."),
    ],
)
def test_a_daemon_of_a_module_ends_with_it_and_delays_nothing(
    then: str, sentence: str, make_site: MakeSite, mark: str
) -> None:
    limit = 4 if "4 s" in sentence else 600
    root = make(make_site, f"[acquisition]\ntime_limit = {limit}\n", bad=DAEMON.format(mark=mark) + then, good=WELL)
    begun = time.monotonic()
    views = acquired(root)
    assert time.monotonic() - begun < 100
    assert sentence in views["bad"].sentence
    assert (views["bad"].status, views["good"].status) == (-1 if sentence else 1, 1)
    assert left_of(mark) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_to_a_modules_parent_or_its_group_costs_nobody_anything(
    number: signal.Signals, make_site: MakeSite
) -> None:
    strikes = f"os.kill(os.getppid(), {number}); os.killpg(os.getpgid(os.getppid()), {number}); {WELL}"
    goods = {f"good{number}": f"time.sleep(0.2); {WELL}" for number in range(3)}
    views = acquired(make(make_site, strikes=strikes, **goods))
    assert {name: view.status for name, view in views.items()} == dict.fromkeys(views, 1)
    assert len(views) == 4


def test_reading_has_a_deadline_and_who_hangs_costs_the_others_nothing(make_site: MakeSite) -> None:
    asks = MODULE.format(WELL) + "\n    def sources(self):\n        time.sleep(600)\n"
    hanging = [f"hangs{number}" for number in range(60)]
    good = [f"good{number}" for number in range(4)]
    instances = "".join(f"[{name}]\nmodule = {name.rstrip('0123456789')}\n" for name in (*hanging, *good, "asks"))
    root = make_site(
        site="[acquisition]\nworkers = 2\ntime_limit = 600\ndeadline = 12\n",
        instances=instances,
        members=", ".join((*hanging, *good, "asks")),
        modules={"hangs": MODULE.format("time.sleep(600)"), "good": MODULE.format(WELL), "asks": asks},
    )
    begun = time.monotonic()
    views = acquired(root)
    assert time.monotonic() - begun < 60
    assert {name for name, view in views.items() if view.status == 1} == set(good)
    over = "the run's deadline of 12 s for its modules was over"
    assert {view.sentence for name, view in views.items() if name not in good} == {
        f"There was no time left for the module: {over}.",
        f"The module was not done when {over}, and was ended.",
    }


def test_what_is_printed_fills_neither_disk_nor_log(make_site: MakeSite, caplog: pytest.LogCaptureFixture) -> None:
    measure = "sum(path.stat().st_size for path in Path({data!r}).rglob('*') if path.is_file())"
    body = f"""before = {measure}
        for _ in range(40): print("x" * 1_000_000)
        subprocess.Popen(["yes"])
        word = " ".join(os.readlink(f"/proc/self/fd/{{n}}") for n in (1, 2))
        return Result(self.Data(value={measure} - before, word=word))"""
    root = make(make_site, loud="pass", quiet=f"print('short'); {WELL}")
    (root / "modules/loud.py").write_text(MODULE.format(body.replace("{data!r}", repr(str(root / "data")))))
    with caplog.at_level(logging.INFO):
        views = acquired(root)
    assert views["loud"].value["value"] < 1_000_000
    assert re.fullmatch(r"pipe:\[(\d+)\] pipe:\[\1\]", str(views["loud"].value["word"]))
    printed = [line for line in caplog.messages if "printed: " in line]
    (loud,) = (line for line in printed if line.startswith("[loud] "))
    assert len(loud) < 11_000
    assert re.search(r" … \([\d.]+ MB more\)$", loud)
    assert [line for line in printed if line != loud] == ["[quiet] printed: short"]


def test_what_another_user_has_left_is_told_and_in_nobodys_way(make_site: MakeSite) -> None:
    root = make(make_site, good=WELL)
    theirs, file, ours = root / "data/tmp-theirs", root / "data/tmp-file", root / "data/tmp-ours"
    for folder in (theirs, ours):
        (folder / "fetched-0").mkdir(parents=True)
        (folder / "fetched-0/0").write_text("x")
    file.write_text("x")
    powerless: tuple[str, ...] = ()
    if os.geteuid() == 0:
        if not (setpriv := shutil.which("setpriv")):
            pytest.skip("setpriv is not installed")
        powerless = (setpriv, "--inh-caps=-all", "--bounding-set=-all")  # root without its power over others' files
        for path in (theirs, *theirs.rglob("*")):
            os.chown(path, 65534, 65534)
    else:
        (theirs / "fetched-0").chmod(0)
    for number in (1, 2):
        with acquire(root, *powerless) as process:
            said, _ = process.communicate(timeout=100)
        assert process.returncode == 0, said
        assert f"Run {number} is complete" in said
        logged = (root / "data/log/acquire.log").read_text()
        assert logged.count(f"cannot be removed by this user: {theirs}\n") == number
        assert "Traceback" not in said + logged
        assert [path.name for path in (root / "data").glob("tmp*")] == [theirs.name]
    (theirs / "fetched-0").chmod(0o700)
