"""One acquisition: what modules of all kinds of bad behaviour come to, and that they harm no other."""

import logging
import os
import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from children import children, left_running
from happyface.acquire.run import cycle, every
from happyface.errors import BusyError, HappyFaceError
from happyface.model.access import ANONYMOUS
from happyface.model.views import InstanceView
from happyface.site import Site, read_site
from happyface.store import Store
from making import PROBE, MakeSite
from servers import PNG, MonitorServer, whole_answer

HEAD = """
import os, sys, time
from pathlib import Path
from happyface import Fetched, File, Module, Result, Source, SourceError, column

class Bad(Module):
    class Config(Module.Config):
        source: Source | None = None

    class Data(Module.Data):
        value: float

    class Pool(Module.Row):
        name: str
        file: File | None = None
"""


def bad(extract: str = "", sources: str = "") -> str:
    """A module with the given bodies of ``extract`` and ``sources``."""
    code = HEAD
    if sources:
        code += f"\n    def sources(self):\n        {sources}\n"
    if extract:
        code += f"\n    def extract(self, source=None):\n        {extract}\n"
    return code


MISBEHAVING = {
    "sleeps": (
        bad("time.sleep(3600)"),
        "The module took longer than the 3 s that it may and was ended.",
    ),
    "spins": (bad("while True: pass"), "The module took longer than the 3 s that it may and was ended."),
    "ignores_signals": (
        bad("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"),
        "The module took longer than the 3 s that it may and was ended.",
    ),
    "eats_memory": (
        bad("x = bytearray(2_000_000_000); return Result(self.Data(value=len(x)))"),
        "The module needed more memory than the 400 MB that it may use.",
    ),
    "hoards_memory": (
        HEAD.replace("class Bad", "HOARD = []\nclass Bad")
        + "\n    def extract(self, source=None):\n        while True: HOARD.append(bytearray(10_000_000))\n",
        "The module needed more memory than the 400 MB that it may use.",
    ),
    "exits_at_once": (bad("os._exit(7)"), "The module ended its own process (status 7)."),
    "is_killed": (bad("os.kill(os.getpid(), 9)"), "The module ended its own process (signal SIGKILL)."),
    "exits": (bad("sys.exit('enough')"), "The module Bad failed: SystemExit: enough."),
    "interrupts": (bad("raise KeyboardInterrupt"), "The module Bad failed: KeyboardInterrupt."),
    "raises": (bad("return 1 / 0"), "The module Bad failed: ZeroDivisionError: division by zero."),
    "raises_much": (bad("raise ValueError('x\\n' * 9999)"), "The module Bad failed: ValueError: x x x"),
    "raises_unprintable": (
        bad("raise type('E', (Exception,), {'__str__': lambda s: 1 / 0})()"),
        "The module Bad failed: E",
    ),
    "raises_a_sentence": (bad("raise SourceError('The list is\\0 empty \\ud800.')"), "The list is\ufffd empty ?."),
    "recurses": (bad("return self.extract()"), "The module Bad failed: RecursionError: "),
    "returns_nothing": (bad("pass"), "The module Bad failed: extract returned None, not a Result."),
    "returns_a_dict": (bad("return {'value': 1}"), "The module Bad failed: extract returned a dict, not a Result."),
    "returns_other_data": (
        bad("return Result(Module.Data())"),
        "The module Bad failed: the Result's data is a Data, not its Data.",
    ),
    "returns_wrong_values": (
        bad("return Result(self.Data(value='many'))"),
        "The module Bad failed: Data.value: Input should be a valid number",
    ),
    "returns_wrong_rows": (
        bad("return Result(self.Data(value=1), ['a'])"),
        "The module Bad failed: a row of the Result is a str, not one of its rows.",
    ),
    "returns_too_many_rows": (
        bad("return Result(None, [self.Pool.model_construct(name='x', file=None)] * 100_001)"),
        "The module Bad found 100001 rows; 100000 are kept at most.",
    ),
    "returns_no_status": (
        bad("return Result(self.Data(value=1), status=7)"),
        "The module Bad failed: Result's status: 7 (int) is not a status, which is 0.0 to 1.0, or -1.",
    ),
    "returns_nan": (
        bad("return Result(self.Data(value=1), status=float('nan'))"),
        "The module Bad failed: Result's status: nan (float) is not a status",
    ),
    "returns_a_missing_file": (
        bad("return Result(None, [self.Pool(name='a', file=File(Path('/no/such'), 'a.png'))])"),
        "The module Bad failed: the file /no/such that it wants to keep cannot be read: No such file or directory.",
    ),
    "returns_a_device": (
        bad("return Result(None, [self.Pool(name='a', file=File(Path('/dev/zero'), 'a.png'))])"),
        "The module Bad failed: /dev/zero, which it wants to keep, is not a file.",
    ),
    "takes_other_arguments": (
        HEAD + "\n    def extract(self, *, other): pass\n",
        "The module takes_other_arguments cannot be used: extract takes 'other', and there is no source of that name",
    ),
    "has_no_extract": (HEAD, "the module Bad has no method extract"),
    "hangs_in_sources": (
        bad("pass", "time.sleep(3600)"),
        "The module took longer than the 3 s that it may and was ended.",
    ),
    "exits_in_sources": (bad("pass", "os._exit(3)"), "The module ended its own process (status 3)."),
    "sys_exits_in_sources": (bad("pass", "sys.exit(3)"), "The module Bad failed: SystemExit: 3."),
    "raises_in_sources": (bad("pass", "raise KeyError('x')"), "The module Bad failed: KeyError: 'x'."),
    "names_no_sources": (
        bad("pass", "return ['a']"),
        "The module Bad failed: sources() must return a dictionary of sources.",
    ),
    "names_odd_sources": (
        bad("pass", "return {'source': lambda: 1}"),
        "The module Bad failed: sources() must return a dictionary of sources.",
    ),
    "does_not_import": ("import no_such_package", "The module does_not_import cannot be used: it does not import: "),
    "hangs_when_made": (
        HEAD + "\n    def __init__(self, *args):\n        time.sleep(3600)\n",
        "The module took longer than the 3 s that it may and was ended.",
    ),
}


def acquired(root: Path, now: datetime | None = None) -> tuple[Site, dict[str, InstanceView]]:
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        stored = cycle(site, store, now)
        views = {name: store.instance(ANONYMOUS, name, stored.id) for name in site.instances}
    return site, {name: view for name, view in views.items() if view}


def test_every_module_that_misbehaves_is_told_and_harms_no_other(
    make_site: MakeSite, server: MonitorServer, caplog: pytest.LogCaptureFixture
) -> None:
    healthy = [f"healthy_{number}" for number in range(6)]
    names = list(MISBEHAVING)
    order = [each for number, name in enumerate(names) for each in (name, *healthy[number % 6 : number % 6 + 1])]
    root = make_site(
        site="[acquisition]\ntime_limit = 3\nmemory_limit = 400 MB\nworkers = 4\n",
        instances="\n".join(f"[{name}]\nmodule = {name}\n" for name in names)
        + "\n".join(f"[{name}]\nmodule = probe\nsource = {server.url}/json?{name}\n" for name in healthy),
        categories=f"[all]\nmodules = {', '.join(dict.fromkeys(order))}\n",
        modules={name: code for name, (code, _) in MISBEHAVING.items()},
    )
    before = children()
    with caplog.at_level(logging.INFO):
        _, views = acquired(root)
    told = {name: (view.status, view.sentence) for name, view in views.items() if name in MISBEHAVING}
    wrong = {
        name: told[name]
        for name, (_, sentence) in MISBEHAVING.items()
        if told[name][0] != -1 or not told[name][1].startswith(sentence.rstrip("."))
    }
    assert wrong == {}
    assert {views[name].status for name in healthy} == {1.0}
    assert {views[name].value["value"] for name in healthy} == {1.0}
    for name, (_, sentence) in told.items():
        assert f"[{name}] {sentence}" in caplog.text
        assert len(sentence) <= 500
    assert "Traceback" in caplog.text  # of those that raised
    assert left_running(before) == []


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ("return Result(sentence=LONG)", 1.0, "so long"),
        ("raise SourceError(LONG)", -1.0, "so long"),
        ("raise ValueError(LONG)", -1.0, "The module Talker failed: ValueError: so long"),
    ],
)
def test_of_a_long_sentence_the_page_has_the_beginning_and_the_log_the_rest(
    body: str, status: float, told: str, make_site: MakeSite, caplog: pytest.LogCaptureFixture
) -> None:
    code = f"""
from happyface import Fetched, Module, Result, Source, SourceError
LONG = "so long " * 1000 + "\\nTHE END"
class Talker(Module):
    \"\"\"Talks.\"\"\"
    class Config(Module.Config):
        source: Source
    def extract(self, source: Fetched) -> Result:
        {body}
"""
    config = "[a]\nmodule = Talker\nsource = state.txt\n"
    root = make_site({"modules/Talker.py": code, "state.txt": "x"}, instances=config, members="a")
    _, views = acquired(root)
    assert views["a"].status == status
    assert views["a"].sentence.startswith(told)
    assert "…" in views["a"].sentence
    assert len(views["a"].sentence) <= 500
    assert "THE END" in caplog.text


def test_a_broken_algorithm_costs_its_category_its_status_and_no_more(
    make_site: MakeSite, caplog: pytest.LogCaptureFixture
) -> None:
    site = read_site(make_site(instances="[a]\nmodule = probe\nsource = /x\n", members="a"))
    outline = replace(site.outline, categories=(replace(site.outline.categories[0], algorithm="gone"),))
    assert outline.rate_category("all", {"a": (1.0, "")})[0] == -1
    assert "algorithm 'gone' failed" in caplog.text


INSTANCE = "[{0}]\nmodule = probe\nsource = {1}/{2}\n"


def test_results_are_rated_stored_and_logged(
    make_site: MakeSite, server: MonitorServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.bodies |= {"high": b'{"value": 7}', "top": b'{"value": 70}'}
    root = make_site(
        instances="".join(
            INSTANCE.format(name, server.url, path) for name, path in {"a": "json", "b": "high", "c": "top"}.items()
        ),
        members="a, b, c",
    )
    with caplog.at_level(logging.INFO):
        site, views = acquired(root)
    assert {name: (view.face, view.sentence) for name, view in views.items()} == {
        "a": ("happy", "Value 1"),
        "b": ("neutral", "Value 7 (warning ≥ 5)"),
        "c": ("unhappy", "Value 70 (critical ≥ 10)"),
    }
    assert "c: unhappy, was new: Value 70 (critical ≥ 10)" in caplog.text
    caplog.clear()
    server.bodies["high"] = b'{"value": 0}'
    with caplog.at_level(logging.INFO):
        acquired(root)
    assert "b: happy, was neutral: Value 0" in caplog.text
    assert "c:" not in caplog.text
    with Store(site.database_url, site.archive, site.outline) as store:
        page = store.category(ANONYMOUS, "all", None, datetime.now(UTC))
    assert page is not None
    assert page.category.face == "unhappy"
    assert page.category.sentence == "1 of 3: c: Value 70 (critical ≥ 10)"
    assert [view.outline.name for view in page.instances] == ["c", "a", "b"]


def test_two_acquisitions_at_once_are_one_and_a_refusal(make_site: MakeSite, server: MonitorServer) -> None:
    root = make_site(instances=INSTANCE.format("a", server.url, "held"), members="a")
    site = read_site(root)
    with Store(site.database_url, site.archive) as store:
        first = threading.Thread(target=cycle, args=(site, store))
        first.start()
        while not server.at_once:
            time.sleep(0.01)
        with pytest.raises(BusyError, match=r"Another acquisition of .* is under way; this one leaves it alone"):
            cycle(site, store)
        server.released.set()
        first.join()
        assert store.instance(ANONYMOUS, "a", 1)
        assert store.instance(ANONYMOUS, "a", 2) is None


def test_what_cannot_be_read_is_sent_anew(make_site: MakeSite, server: MonitorServer) -> None:
    server.raw["status"] = whole_answer("200 OK", 'ETag: "1"', body=b'{"value": 1')  # cut, under the tag of the whole
    root = make_site(instances=INSTANCE.format("a", server.url, "status"), members="a")
    assert acquired(root)[1]["a"].status == -1
    server.raw["status"] = whole_answer("200 OK", 'ETag: "1"', body=b'{"value": 1}')
    for _ in range(2):
        assert acquired(root)[1]["a"].status == 1
    asked = [headers.get("If-None-Match") for path, headers in server.seen if path == "/status"]
    assert asked == [None, None, '"1"']


def test_a_file_may_miss_four_runs(make_site: MakeSite, tmp_path: Path) -> None:
    root = make_site(
        {"state.json": '{"value": 1}'}, instances="[a]\nmodule = probe\nsource = state.json\n", members="a"
    )
    then = time.time() - 1000
    os.utime(root / "state.json", (then, then))
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        assert [cycle(site, store, interval=interval).statuses["a"] for interval in (200, 300)] == [-1, 1]


def test_nothing_reached_is_said_once(make_site: MakeSite, caplog: pytest.LogCaptureFixture) -> None:
    root = make_site(
        site="[downloadService]\nretries = 0\n",
        instances="".join(INSTANCE.format(name, "http://127.0.0.1:1", name) for name in "abcd"),
        members="a, b, c, d",
    )
    site, views = acquired(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        overview = store.overview(ANONYMOUS, None, datetime.now(UTC))
    assert overview is not None
    sentence = "Nothing could be reached from this machine: none of its 4 sources answered."
    assert overview.moment.run.note == sentence
    assert {view.sentence for view in views.values()} == {
        "The source could not be reached: the connection was refused."
    }
    told = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert told == [sentence]


def test_one_that_answers_is_no_reason_to_say_it(make_site: MakeSite, server: MonitorServer) -> None:
    root = make_site(
        site="[downloadService]\nretries = 0\n",
        instances=INSTANCE.format("a", "http://127.0.0.1:1", "a") + INSTANCE.format("b", server.url, "missing"),
        members="a, b",
    )
    _, views = acquired(root)
    assert {view.run.note for view in views.values()} == {""}


def test_what_was_fetched_is_kept_where_it_explains_an_error(make_site: MakeSite, server: MonitorServer) -> None:
    server.bodies |= {"odd": b"<h1>not JSON</h1>", "long": b"x" * 1_000_000}
    paths = ("json", "odd", "missing", "long", "empty")
    root = make_site(
        instances="".join(INSTANCE.format(each, server.url, each) for each in paths), members=", ".join(paths)
    )
    site, views = acquired(root)
    kept = {}
    with Store(site.database_url, site.archive, site.outline) as store:
        for name, view in views.items():
            (fact,) = view.facts
            assert fact.url == f"{server.url}/{name}"
            file = store.file(ANONYMOUS, fact.file) if fact.file else None
            kept[name] = file.path.read_bytes() if file else None
    assert kept == {
        "json": None,
        "odd": b"<h1>not JSON</h1>",
        "missing": b"<html><h1>Not here</h1></html>",
        "long": b"x" * 256 * 1024,
        "empty": None,
    }
    assert views["odd"].facts[0].error == ""
    assert views["missing"].facts[0].error == "The source answered 404 Not Found."
    assert list(site.data.glob("tmp*")) == []


FILES = """
from pathlib import Path
from happyface import Fetched, File, Module, Result, Source

class Files(Module):
    class Config(Module.Config):
        source: Source
    class Data(Module.Data):
        image: File
    class Copy(Module.Row):
        name: str
        image: File

    def extract(self, source: Fetched) -> Result:
        other = source.path.with_name("other.png")
        other.write_bytes(b"other")
        image = source.image("a b/ü")
        long = File(other, "x" * 999 + ".png")
        copies = [self.Copy(name="same name", image=File(other, image.name)), self.Copy(name="long", image=long)]
        return Result(self.Data(image=image), copies)
"""


def test_archived_files_have_paths_of_their_own(make_site: MakeSite, server: MonitorServer) -> None:
    root = make_site(
        instances=f"[a]\nmodule = files\nsource = {server.url}/png\n", modules={"files": FILES}, members="a"
    )
    site, views = acquired(root, datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC))
    with Store(site.database_url, site.archive, site.outline) as store:
        paths = [str(views["a"].value["image"])] + [str(row[1].value) for row in views["a"].rows[0].rows]
        contents = [file.path.read_bytes() for path in paths if (file := store.file(ANONYMOUS, path))]
    assert contents == [PNG, b"other", b"other"]
    assert len(set(paths)) == 3
    assert all(len(path) < 300 and path.startswith("2026/02/03/04/05/") and path.endswith(".png") for path in paths)


def test_an_instance_without_sources_is_read(make_site: MakeSite) -> None:
    code = bad("return Result(self.Data(value=1))")
    root = make_site(instances="[a]\nmodule = own\n", modules={"own": code}, members="a")
    assert acquired(root)[1]["a"].status == 1.0


def test_sources_come_back_in_the_shape_in_which_they_were_named(make_site: MakeSite, server: MonitorServer) -> None:
    code = """
    from happyface import Module, Result, Source
    class Shapes(Module):
        class Config(Module.Config):
            url: Source
        class Data(Module.Data):
            told: str
        def sources(self):
            url = self.config.url
            return {"one": url, "many": [url, url], "named": {"x": url}, "none": []}
        def extract(self, one, many, named, none):
            return Result(self.Data(told=f"{one.ok} {len(many)} {list(named)} {none}"))
    """
    root = make_site(
        instances=f"[a]\nmodule = shapes\nurl = {server.url}/json\n", modules={"shapes": code}, members="a"
    )
    assert acquired(root)[1]["a"].value["told"] == "True 2 ['x'] []"
    assert server.count["/json"] == 1


def test_a_module_that_uses_numpy_and_lxml_values_is_stored(make_site: MakeSite, server: MonitorServer) -> None:
    server.bodies["x"] = b"<a><b name='n'>3</b></a>"
    code = """
    import numpy
    from happyface import Fetched, Module, Result, Source
    class Odd(Module):
        class Config(Module.Config):
            source: Source
        class Data(Module.Data):
            mean: float
            name: str
        def extract(self, source: Fetched) -> Result:
            return Result(self.Data(mean=numpy.mean([1.0, 2.0]), name=source.xml().xpath("//b/@name")[0]))
    """
    root = make_site(instances=f"[a]\nmodule = odd\nsource = {server.url}/x\n", modules={"odd": code}, members="a")
    view = acquired(root)[1]["a"]
    assert (view.value, view.status) == ({"mean": 1.5, "name": "n"}, 1.0), view.sentence


def test_what_cannot_be_written_is_told(make_site: MakeSite) -> None:
    root = make_site(instances="[a]\nmodule = probe\nsource = /x\n", members="a")
    site = read_site(root)
    shutil.rmtree(root / "data")
    (root / "data").write_text("a file, where a directory should be")
    with pytest.raises(HappyFaceError, match="cannot be"):
        cycle(site, Store(f"sqlite:///{root}/x.db", site.archive))


def test_an_archive_that_cannot_be_written_is_told_and_nothing_is_stored(
    make_site: MakeSite, server: MonitorServer
) -> None:
    root = make_site(
        site="[paths]\narchive_dir = occupied\n", instances=INSTANCE.format("a", server.url, "missing"), members="a"
    )
    site = read_site(root)
    (root / "occupied").write_text("a file, where a directory should be")
    with Store(site.database_url, site.archive) as store:
        with pytest.raises(HappyFaceError, match="cannot be"):
            cycle(site, store)
        assert store.moment(ANONYMOUS, None, datetime.now(UTC)) is None


def test_the_loop_goes_on_whatever_happens(caplog: pytest.LogCaptureFixture) -> None:
    stop, calls = threading.Event(), []

    def once() -> None:
        calls.append(datetime.now(UTC).timestamp() % 1)
        if len(calls) == 1:
            raise BusyError("busy")
        if len(calls) == 2:
            raise ZeroDivisionError
        stop.set()

    every(once, 1, stop)
    assert len(calls) == 3
    assert all(call < 0.5 or call > 0.99 for call in calls[1:]), calls  # a timer may be some milliseconds early
    assert "busy" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_workers_see_no_more_than_they_need(make_site: MakeSite) -> None:
    """The probe of a healthy site works with the environment that the site's administrator has."""
    code = bad("return Result(self.Data(value=len(os.environ)))")
    root = make_site(instances="[a]\nmodule = own\n", modules={"own": code, "probe": PROBE}, members="a")
    assert acquired(root)[1]["a"].value["value"] > 0
    assert os.environ
