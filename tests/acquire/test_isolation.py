"""Whatever a site's module does, it does to itself: its code never runs where pages and runs are made."""

import logging
import os
import stat
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from children import children, left_running
from happyface.acquire.run import cycle
from happyface.errors import ConfigError
from happyface.model.access import ANONYMOUS
from happyface.model.views import InstanceView
from happyface.site import read_site
from happyface.store import Store
from making import MakeSite
from servers import MonitorServer

MODULE = """
import os, sys, time
from pathlib import Path
from happyface import Fetched, File, Module, Result, Source, column
{head}
class {name}(Module):
    class Config(Module.Config):
        source: Source | None = None
        {settings}

    class Data(Module.Data):
        value: float | None = None
        word: str = ""
        file: File | None = None

    def extract(self, {arguments}):
        {body}
"""


def module(
    body: str, head: str = "", name: str = "One", settings: str = "", arguments: str = "source: Fetched | None = None"
) -> str:
    return MODULE.format(body=body, head=head, name=name, settings=settings, arguments=arguments)


def make(make_site: MakeSite, files: dict[str, str], **settings: str) -> Path:
    """A site with an instance of each module, named as it is."""
    names = sorted({Path(path).parts[0].removesuffix(".py") for path in files if not path.startswith("shared")})
    return make_site(
        site=settings.get("site", ""),
        instances=settings.get("instances") or "\n".join(f"[{name}]\nmodule = {name}" for name in names),
        members=settings.get("members") or ", ".join(names),
        files={f"modules/{path}": code for path, code in files.items()},
    )


def acquired(root: Path, now: datetime | None = None) -> dict[str, InstanceView]:
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        stored = cycle(site, store, now)
        views = {name: store.instance(ANONYMOUS, name, stored.id) for name in site.instances}
    return {name: view for name, view in views.items() if view}


def test_two_modules_may_each_have_a_file_of_the_same_name(make_site: MakeSite) -> None:
    files = {}
    for name in ("one", "two", "three"):
        head = "import helpers\nfrom shared_words import SUFFIX"
        files[f"{name}/__init__.py"] = module("return Result(self.Data(word=helpers.WORD + SUFFIX))", head)
        files[f"{name}/helpers.py"] = f"WORD = {name!r}\n"
    files["shared_words.py"] = "SUFFIX = '!'\n"
    root = make(make_site, files)
    for _ in range(3):
        assert {name: view.value["word"] for name, view in acquired(root).items()} == {
            "one": "one!",
            "two": "two!",
            "three": "three!",
        }


def test_what_a_module_changes_reaches_no_other_and_no_later_run(make_site: MakeSite) -> None:
    tell = "import json; return Result(self.Data(word=repr((json.loads('1'), time.tzname[0], len(HOARD)))))"
    spoil = "HOARD.append(1); import json; json.loads = len; os.environ['TZ'] = 'Asia/Tokyo'; time.tzset(); " + tell
    files = {
        "a_spoils.py": module(spoil, "HOARD = []\n"),
        "b_tells.py": module(tell, "HOARD = []\n"),
    }
    root = make(make_site, files, site="[acquisition]\nworkers = 1\n")
    zone = time.tzname[0]
    for _ in range(2):
        views = acquired(root)
        assert views["a_spoils"].value["word"] == "(1, 'JST', 1)"
        assert views["b_tells"].value["word"] == f"(1, {zone!r}, 0)"


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("raise RuntimeError('no')", "it does not import: RuntimeError: no (modules/bad.py, line 5)"),
        ("sys.exit(0)", "it does not import: SystemExit: 0 (modules/bad.py, line 5)"),
        ("os._exit(0)", "reading it ends its process (status 0)"),
        ("os.kill(os.getpid(), 9)", "reading it ends its process (signal SIGKILL)"),
        ("os.killpg(os.getpgid(0), 9)", "reading it ends its process (signal SIGKILL)"),
    ],
)
def test_a_module_that_cannot_be_imported_is_named(head: str, sentence: str, make_site: MakeSite) -> None:
    files = {"bad.py": module("pass", head), "good.py": module("return Result(self.Data(value=1))")}
    site = read_site(make(make_site, files))
    assert site.instances["bad"].broken == f"The module bad cannot be used: {sentence}."
    assert site.instances["good"].declaration is not None


def test_what_a_module_does_when_it_is_imported_stays_with_it(make_site: MakeSite) -> None:
    head = "import threading\nthreading.Thread(target=time.sleep, args=(3600,)).start()\nos.umask(0o777)\nos.chdir('/')"
    files = {"odd.py": module("return Result(self.Data(value=1))", head)}
    root, before = make(make_site, files), os.getcwd()
    running = children()
    begun = time.monotonic()
    assert acquired(root)["odd"].status == 1
    assert time.monotonic() - begun < 60
    assert os.getcwd() == before
    assert stat.S_IMODE((root / "data/happyface.db").stat().st_mode) & 0o600 == 0o600
    assert left_running(running) == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("raise ValueError('it must be even')", "[bad] number: it must be even"),
        ("return 1 / 0", "[bad]: the module One failed: ZeroDivisionError: division by zero (modules/bad.py, line "),
    ],
)
def test_a_validator_that_refuses_or_fails_is_told_by_check(body: str, sentence: str, make_site: MakeSite) -> None:
    settings = f"""number: int = 0
        @field_validator("number")
        @classmethod
        def _check(cls, value):
            {body}
"""
    files = {"bad.py": module("pass", "from pydantic import field_validator", settings=settings)}
    root = make(make_site, files, instances="[bad]\nmodule = bad\nnumber = 3\n", members="bad")
    with pytest.raises(ConfigError) as raised:
        read_site(root)
    assert sentence in str(raised.value)


def test_a_validator_that_exits_costs_its_module_alone(make_site: MakeSite) -> None:
    settings = """number: int = 0
        @field_validator("number")
        @classmethod
        def _check(cls, value):
            sys.exit(0)
"""
    code = module("pass", "from pydantic import field_validator", settings=settings)
    files = {"bad.py": code, "good.py": module("return Result(self.Data(value=1))")}
    instances = "[bad]\nmodule = bad\nnumber = 3\n[good]\nmodule = good\n"
    views = acquired(make(make_site, files, instances=instances, members="bad, good"))
    assert (views["bad"].status, views["good"].status) == (-1, 1)
    assert "SystemExit" in views["bad"].sentence


def test_what_is_printed_goes_to_the_log_with_the_instances_name(
    make_site: MakeSite, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    body = "print('hello'); os.system('echo from a program'); print('x' * 10**6); return Result(self.Data(value=1))"
    with caplog.at_level(logging.INFO):
        acquired(make(make_site, {"loud.py": module(body)}))
    (line,) = [each for each in caplog.messages if each.startswith("[loud] printed: ")]
    assert "hello" in line
    assert "from a program" in line
    assert len(line) < 11_000
    assert "hello" not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("return [][3]", "The module One failed: IndexError: list index out of range (modules/bad.py, line 17)."),
        ("raise type('E', (Exception,), {'__str__': lambda s: sys.exit(0)})()", "The module One failed: E (modules/"),
        ("return Result(self.Data(value=1), status='critical')", "“critical” is not a status, which is 0.0 to 1.0"),
        ("return Result(self.Data(value='many'))", "Data.value: Input should be a valid number"),
        ("data = self.Data(value=1); data.value = 'n/a'; return Result(data)", "Input should be a valid number"),
        ("data = self.Data(value=1); data.__dict__['value'] = [1]; return Result(data)", "column value is a number"),
        ("return Result(self.Data(file=File(None, 'x.png')))", "which it wants to keep, is not a file"),
    ],
)
def test_what_a_module_does_wrong_is_told_with_its_place(body: str, sentence: str, make_site: MakeSite) -> None:
    view = acquired(make(make_site, {"bad.py": module(body)}))["bad"]
    assert view.status == -1
    assert sentence in view.sentence


def test_a_module_that_ends_its_parent_costs_no_other_its_result(make_site: MakeSite) -> None:
    files = {f"good{number}.py": module("return Result(self.Data(value=1))") for number in range(4)}
    files["bad.py"] = module("os.kill(os.getppid(), 9); os.kill(os.getpid(), 9)")
    files["worse.py"] = module("os.killpg(os.getpgid(os.getppid()), 15); return Result(self.Data(value=1))")
    views = acquired(make(make_site, files))
    assert {views[f"good{number}"].status for number in range(4)} == {1}
    assert views["bad"].status == -1


def test_what_a_module_has_started_ends_with_it(make_site: MakeSite) -> None:
    seconds = f"3600.{os.getpid()}"
    body = f"import subprocess; subprocess.Popen(['sleep', '{seconds}']); return Result(self.Data(value=1))"
    assert acquired(make(make_site, {"starts.py": module(body)}))["starts"].status == 1
    end = time.monotonic() + 20
    while left := [each for each in psutil.process_iter(["cmdline"]) if seconds in (each.info["cmdline"] or [])]:
        assert time.monotonic() < end, left
        time.sleep(0.05)


def test_each_instance_keeps_its_own_picture_though_all_write_one_path(make_site: MakeSite, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    body = f"""path = Path({str(path)!r}); path.write_text(self.instance); time.sleep(0.2)
        path.write_text(self.instance)
        return Result(self.Data(file=File(path, "picture.png")))"""
    instances = "".join(f"[{name}]\nmodule = draws\n" for name in "abc")
    root = make(make_site, {"draws.py": module(body)}, instances=instances, members="a, b, c")
    root.joinpath("config/happyface.cfg").write_text("[acquisition]\nworkers = 1\n")
    views = acquired(root)
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        for name, view in views.items():
            found = store.file(ANONYMOUS, str(view.value["file"]))
            assert found is not None
            assert found.path.read_text() == name


def test_a_file_is_made_of_bytes(make_site: MakeSite) -> None:
    body = "return Result(self.Data(file=File.of('<svg/>', 'doors.svg')))"
    root = make(make_site, {"draws.py": module(body)})
    view = acquired(root)["draws"]
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store:
        found = store.file(ANONYMOUS, str(view.value["file"]))
    assert found is not None
    assert (found.path.read_text(), found.name.endswith("doors.svg")) == ("<svg/>", True)


def test_a_module_is_handed_what_it_stored_last(make_site: MakeSite) -> None:
    body = """value = previous.data["value"] + 1 if previous else 1.0
        word = f"{previous.time:%H:%M} {list(previous.rows)}" if previous else "nothing yet"
        return Result(self.Data(value=value, word=word))"""
    arguments = "source: Fetched | None = None, previous=None"
    root = make(make_site, {"counts.py": module(body, arguments=arguments)})
    now = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
    found = [acquired(root, now + timedelta(minutes=15 * n))["counts"].value for n in range(3)]
    assert [each["value"] for each in found] == [1, 2, 3]
    assert [each["word"] for each in found] == ["nothing yet", "18:00 []", "18:15 []"]


def test_a_module_asks_again_when_it_has_seen_the_first_answers(make_site: MakeSite, server: MonitorServer) -> None:
    server.bodies |= {"login": b'{"token": "abc", "pages": 2}', "page/1": b"1", "page/2": b"2"}
    code = """
from happyface import Fetched, Module, Result, Source

class Pages(Module):
    class Config(Module.Config):
        source: Source

    class Data(Module.Data):
        total: int

    def then(self, source: Fetched) -> dict[str, list[Source]]:
        answer = source.json()
        page, base = self.config.source, self.config.source.target.removesuffix("/login")
        return {"pages": [page.at(f"{base}/page/{number + 1}") for number in range(answer["pages"])]}

    def extract(self, source: Fetched, pages: list[Fetched]) -> Result:
        return Result(self.Data(total=sum(page.json() for page in pages)))
"""
    instances = f"[a]\nmodule = pages\nsource = {server.url}/login\n"
    root = make(make_site, {"pages.py": code}, instances=instances, members="a")
    view = acquired(root)["a"]
    assert (view.status, view.value, view.sentence) == (1, {"total": 3}, "Total 3")


def test_an_installed_package_that_raises_harms_nobody(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make(make_site, {"good.py": module("return Result(self.Data(value=1))")})
    packages = root / "packages"
    info = packages / "raises-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: raises\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[happyface.modules]\nraising = raises.inner\n")
    (packages / "raises").mkdir()
    (packages / "raises/__init__.py").write_text("raise RuntimeError('at import')\n")
    (packages / "raises/inner.py").write_text("")
    monkeypatch.syspath_prepend(packages)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(packages), *sys.path)))
    site = read_site(root)
    assert [path.name for path in site.modules["raising"].files] == ["inner.py"]
    assert site.modules["raising"].template is None
    config = root / "config/modules-enabled/raising.cfg"
    config.write_text("[raising]\nmodule = raising\n")
    (root / "config/categories-enabled/raising.cfg").write_text("[other]\nmodules = raising\n")
    assert "RuntimeError: at import" in read_site(root).instances["raising"].broken
