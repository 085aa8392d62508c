"""``happyface module``: samples are strict, an instance can be tried, and what it fetched becomes a sample."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from happyface.cli import main
from making import MakeSite
from servers import MonitorServer

CODE = '''
from happyface import Above, Fetched, Module, Result, Source, State, column


class Tape(Module):
    """A tape library."""

    class Config(Module.Config):
        source: Source

    class Data(Module.Data):
        waiting: int = column(limits=Above(warning=5))

    class Drive(Module.Row, key="name"):
        name: str
        state: State

    config: Config

    def sources(self):
        return {"source": self.config.source.at("/api", params={"n": 1})}

    def extract(self, source: Fetched) -> Result:
        answer = source.json()
        drives = [self.Drive(name=each, state=State.fine("idle")) for each in answer["drives"]]
        return Result(self.Data(waiting=answer["waiting"]), drives)
'''
GOOD = '{"waiting": 3, "drives": ["a", "b"]}'
CASE = "[good]\nsource = http://x.example\nsample.source = good.json\n"


def happyface(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def root(make_site: MakeSite) -> Path:
    return make_site(
        files={"modules/tape/__init__.py": CODE, "modules/tape/samples/good.json": GOOD},
        instances="[tape]\nmodule = tape\nsource = http://127.0.0.1:1\n",
        members="tape",
    )


def samples_tried(root: Path, samples: str) -> Result:
    (root / "modules/tape/samples/samples.cfg").write_text(samples)
    return happyface("-C", root, "module", "test", "tape")


def test_rows_addresses_and_the_sentence_can_be_expected(root: Path) -> None:
    expected = """expect.status = 1
expect.sentence = Waiting 3
expect.waiting = 3
expect.count.drive = 2
expect.row.drive.b.state = idle
expect.asked.source = http://x.example/api?n=1
"""
    done = samples_tried(root, CASE + expected)
    assert (done.exit_code, done.output) == (0, "right: good: Waiting 3\n1 samples, none of them not as expected.\n")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "it expects nothing: write for example expect.status = 1"),
        ("expect.state = 1", "expect.state: there is no column 'state'; there are waiting"),
        ("expect.count.drives = 1", "expect.count.drives: there are no rows 'drives'; there are drive"),
        ("expect.row.drive.c.state = 1", "expect.row.drive.c.state: there is no row 'c'; there are a, b"),
        ("expect.row.drive.a.load = 1", "expect.row.drive.a.load: there is no column 'load'; there are name, state"),
        ("expect.row.drive.a.state = busy", "row.drive.a.state: expected “busy”, found “idle”"),
        ("expect.asked.url = x", "expect.asked.url: no source 'url' is asked; there are source"),
        ("expect.status = 1\nsample.sorce = x", "sample.sorce: no source of that name is asked; there are source"),
        ("expect.status = 1\nfetched.source = slow 3", "the case is not valid: 'slow 3': known are status, error"),
        ("expect.status = 1\nsuorce = x", "samples.cfg: [good] suorce: unknown key; did you mean 'source'?"),
    ],
)
def test_a_mistake_of_a_case_is_told(line: str, sentence: str, root: Path) -> None:
    done = samples_tried(root, CASE + line)
    assert done.exit_code == 1
    assert sentence in done.output


def test_a_sample_that_hangs_or_needs_too_much_is_ended_as_in_a_run(root: Path) -> None:
    code = root / "modules/tape/__init__.py"
    code.write_text(CODE.replace("answer = source.json()", "x = bytearray(10**11)"))
    done = samples_tried(root, CASE + "expect.status = 1\n")
    assert "The module needed more memory than the 1 GB that it may use." in done.output


def test_an_instance_is_tried_and_nothing_stored(root: Path, server: MonitorServer) -> None:
    server.bodies["api"] = GOOD.encode()
    config = root / "config/modules-enabled/instances.cfg"
    config.write_text(f"[tape]\nmodule = tape\nsource = {server.url}\n")
    done = happyface("-C", root, "module", "try", "tape")
    assert done.exit_code == 0
    assert "status 1: Waiting 3\n  waiting = 3\n  2 rows drive\n" in done.output
    assert not (root / "data/happyface.db").exists()
    missing = happyface("-C", root, "module", "try", "tpe")
    assert (missing.exit_code, missing.output) == (1, "There is no instance 'tpe'; did you mean 'tape'?\n")


def test_what_was_fetched_becomes_a_sample(root: Path, server: MonitorServer) -> None:
    server.bodies["api"] = GOOD.encode()
    config = root / "config/modules-enabled/instances.cfg"
    config.write_text(f"[tape]\nmodule = tape\nsource = {server.url}\n")
    assert happyface("-C", root, "module", "record", "tape", "seen").exit_code == 0
    server.bodies.clear()
    done = happyface("-C", root, "module", "test", "tape")
    assert (done.exit_code, done.output.splitlines()[0]) == (0, "right: seen: Waiting 3")
    again = happyface("-C", root, "module", "record", "tape", "seen")
    assert "has a case [seen] already; nothing was changed" in again.output
