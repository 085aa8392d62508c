"""Modules come by three doors; a broken one is named and stops nobody else."""

import logging
import os
import sys
import time
from pathlib import Path

import pytest

from children import left_of
from happyface.contract.declaration import Declaration
from happyface.contract.module import Module, Result
from happyface.errors import ConfigError, ModuleError
from happyface.site import declarations, read_site
from happyface.site.declarations import describe_modules
from happyface.site.live import LiveSite
from happyface.site.modules import FoundModule, find_modules
from making import PROBE, MakeSite

GOOD = "[good]\nmodule = probe\nsource = https://example.org/\n"
INSTANCES = f"{GOOD}[bad]\nmodule = bad\nsource = https://example.org/\nname = Bad one\ndescription = what it is\n"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "import no_such_package",
            "it does not import: ModuleNotFoundError: No module named 'no_such_package' (modules/bad.py, line 1)",
        ),
        (
            "x = 1\nraise RuntimeError('no  \\n good')",
            "it does not import: RuntimeError: no good (modules/bad.py, line 2)",
        ),
        ("def broken(:\n", "it does not import: SyntaxError: invalid syntax"),
        ("import sys\nsys.exit(3)", "it does not import: SystemExit: 3 (modules/bad.py, line 2)"),
        ("x = 1", "it must define one Module class; it defines none"),
        (
            "from happyface import Module\nclass A(Module): pass\nclass B(Module): pass",
            "it must define one Module class; it defines A, B",
        ),
        (
            "from happyface import Module\nclass A(Module):\n  class Data(Module.Data):\n    x: dict",
            "it does not import: column A.Data.x: a column is a str, int, float",
        ),
        (
            "from happyface import Module\nclass A(Module):\n  class Data(Module.Data):\n    Upper: int",
            "it does not import: column A.Data.Upper: a column's name is of small letters",
        ),
        ("\0", "it does not import: "),
        ("é = '\udcff'".encode("utf-8", "surrogateescape"), "it does not import: "),
    ],
)
def test_a_broken_module_is_named_and_stops_nobody_else(code: str | bytes, sentence: str, make_site: MakeSite) -> None:
    root = make_site(instances=INSTANCES, members="good, bad")
    (root / "modules/bad.py").write_bytes(code if isinstance(code, bytes) else code.encode())
    site = read_site(root)
    bad = site.instances["bad"]
    assert bad.declaration is None
    assert bad.broken.startswith(f"The module bad cannot be used: {sentence}"), bad.broken
    assert site.notes == (f"config/modules-enabled/instances.cfg:4: [bad]: {bad.broken}",)
    assert site.outline.instance["bad"].title == "Bad one"
    assert site.outline.instance["bad"].description == "what it is"
    assert site.instances["good"].declaration is not None


def test_a_broken_module_does_not_hide_what_else_is_wrong(make_site: MakeSite) -> None:
    root = make_site(instances=INSTANCES + "[c]\nmodule = probe\n", modules={"bad": "1/0"}, members="good, bad, c")
    with pytest.raises(ConfigError, match=r"instances.cfg:9: \[c\] needs a 'source'"):
        read_site(root)


def test_a_module_is_a_file_or_a_folder_of_the_site(make_site: MakeSite) -> None:
    root = make_site(
        {"modules/folder/__init__.py": PROBE, "modules/folder/template.html": "x", "modules/probe.html": "y"}
    )
    found = find_modules(root / "modules")
    assert (found["folder"].origin, found["probe"].origin) == ("site", "site")
    assert found["folder"].template == root / "modules/folder/template.html"
    assert found["probe"].template == root / "modules/probe.html"
    assert [file.name for file in found["folder"].files] == ["__init__.py", "template.html"]
    assert described(found["folder"]).title == "Probe"


def test_a_sites_own_module_comes_before_a_shipped_one(make_site: MakeSite) -> None:
    assert find_modules()["host"].origin == "shipped"
    root = make_site(modules={"host": PROBE})
    assert find_modules(root / "modules")["host"].origin == "site"


def test_a_module_whose_name_is_too_long_is_named(make_site: MakeSite) -> None:
    name = "a" * 120
    root = make_site(instances=GOOD + f"[b]\nmodule = {name}\n", modules={name: PROBE}, members="good, b")
    site = read_site(root)
    assert "its name is too long" in site.instances["b"].broken


def test_a_changed_module_is_read_anew_and_an_unchanged_one_is_not(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_site(instances=GOOD, members="good")
    assert titled(root) == "Probe"
    path = root / "modules/probe.py"
    path.write_text(path.read_text().replace("class Probe", "class Sonde"))
    assert titled(root) == "Sonde"
    monkeypatch.setattr(declarations.subprocess, "Popen", None)  # nothing is run for what has not changed
    assert titled(root) == "Sonde"


def test_modules_of_two_sites_do_not_mix(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "probe.py").write_text(PROBE.replace("class Probe", f"class {name.title()}"))
    assert [described(find_modules(tmp_path / name)["probe"]).title for name in ("one", "two")] == ["One", "Two"]


def described(module: FoundModule) -> Declaration:
    declaration = describe_modules([(module, {})])[module.name].declaration
    assert declaration is not None
    return declaration


def titled(root: Path) -> str:
    declaration = read_site(root).instances["good"].declaration
    assert declaration is not None
    return declaration.title


@pytest.fixture
def installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with a module and an algorithm, as pip would have left it."""
    root = tmp_path / "packages"
    info = root / "probes-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: probes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[happyface.modules]\ninstalled_probe = probes\nnamed = probes_two:Second\nmissing = no_such_module\n"
        "[happyface.algorithms]\nmedian = probes:median\nabsent = probes:absent\n"
    )
    (root / "probes.py").write_text(PROBE + "\ndef median(members): return 0.5\n")
    (root / "probes_two.py").write_text(PROBE + "\nclass Second(Module): pass\n")
    monkeypatch.syspath_prepend(root)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH")))))
    yield root
    for name in ("probes", "probes_two"):
        sys.modules.pop(name, None)


def test_installed_packages_bring_modules_and_algorithms(installed_package: Path, make_site: MakeSite) -> None:
    root = make_site(
        instances="[a]\nmodule = installed_probe\nsource = /x\n[b]\nmodule = named\n[c]\nmodule = missing\n",
        categories="[all]\nmodules = a, b, c\nalgorithm = median\n",
    )
    site = read_site(root)
    assert site.modules["installed_probe"].origin == "installed"
    assert site.instances["a"].declaration is not None
    assert site.instances["b"].declaration is not None
    assert site.instances["b"].declaration.title == "Second"
    assert "No module named 'no_such_module'" in site.instances["c"].broken
    assert site.outline.rate_category("all", {"a": (1.0, "")})[0] == 0.5


def test_an_algorithm_that_does_not_load_is_told(installed_package: Path, make_site: MakeSite) -> None:
    root = make_site(instances=GOOD, categories="[all]\nmodules = good\nalgorithm = absent\n")
    with pytest.raises(ConfigError, match="the algorithm 'absent' of package probes:absent does not load"):
        read_site(root)


def test_what_a_class_declares_is_read_when_it_is_made() -> None:
    with pytest.raises(ModuleError, match="a row's name is at most 20 letters"):

        class Long(Module):
            class ThisRowHasAnUnreasonablyLongName(Module.Row):
                value: int

    class Named(Module):
        class DiskUse(Module.Row):
            value: int

        def extract(self) -> Result:
            return Result()

    assert set(Named.declared.tables) == {"", "disk_use"}


def test_a_changed_valid_configuration_is_picked_up(make_site: MakeSite) -> None:
    root = make_site(site="[template]\nweb_title = before\n", instances=GOOD, members="good")
    live = LiveSite(root, patience=0)
    assert live.refresh()[0].settings.template.web_title == "before"
    (root / "config/happyface.cfg").write_text("[template]\nweb_title = and after\n")
    site, store = live.refresh()
    assert site.settings.template.web_title == "and after"
    assert store.current is site.outline
    live.close()


def test_an_invalid_configuration_is_told_and_the_old_one_kept(
    make_site: MakeSite, caplog: pytest.LogCaptureFixture
) -> None:
    root = make_site(site="[template]\nweb_title = before\n", instances=GOOD, members="good")
    live = LiveSite(root, patience=0)
    (root / "config/happyface.cfg").write_text("[template]\nweb_titel = after\n")
    with caplog.at_level(logging.ERROR):
        assert live.refresh()[0].settings.template.web_title == "before"
    assert live.problems == ["config/happyface.cfg:2: [template] web_titel: unknown key; did you mean 'web_title'?"]
    assert "web_titel" in caplog.text
    (root / "config/happyface.cfg").write_text("[template]\nweb_title = right again\n")
    assert live.refresh()[0].settings.template.web_title == "right again"
    assert live.problems == []
    live.close()


def test_a_configuration_that_vanishes_keeps_the_old_one(make_site: MakeSite) -> None:
    root = make_site(instances=GOOD, members="good")
    live = LiveSite(root, patience=0)
    (root / "config").rename(root / "elsewhere")
    assert list(live.refresh()[0].instances) == ["good"]
    assert live.problems
    live.close()


def test_another_database_is_opened(make_site: MakeSite) -> None:
    root = make_site(instances=GOOD, members="good")
    live = LiveSite(root, patience=0)
    before = live.store
    (root / "config/happyface.cfg").write_text("[database]\nurl = sqlite:///data/other.db\n")
    assert live.refresh()[1] is not before
    (root / "config/happyface.cfg").write_text("[database]\nurl = postgresql+psycopg://nobody@127.0.0.1:1/x\n")
    kept = live.store
    assert live.refresh()[1] is kept
    assert any("cannot be used" in problem for problem in live.problems)
    live.close()


def test_nobody_waits_for_a_configuration_that_is_being_read(make_site: MakeSite) -> None:
    root = make_site(site="[template]\nweb_title = before\n", instances=GOOD, members="good")
    live = LiveSite(root, patience=0)
    (root / "config/happyface.cfg").write_text("[template]\nweb_title = and after\n")
    # A module that takes its time at import, which a request would notice.
    (root / "modules/slow.py").write_text("import time\ntime.sleep(3)\n" + (root / "modules/probe.py").read_text())
    (root / "config/modules-enabled/zz.cfg").write_text("[slow]\nmodule = slow\nsource = x\n")
    assert live.current()[0].settings.template.web_title == "before"
    end = time.monotonic() + 60
    while live.current()[0].settings.template.web_title == "before":
        assert time.monotonic() < end
        time.sleep(0.05)
    live.close()


def test_a_secret_file_that_appears_later_is_noticed(make_site: MakeSite) -> None:
    root = make_site(instances=GOOD, members="good")
    live = LiveSite(root, patience=0)
    (root / "config/zz.cfg").write_text("[database]\nurl = sqlite:///data/${file:secrets/name}.db\n")
    assert "secrets/name" in str(live.refresh() and live.problems)
    (root / "secrets").mkdir()
    (root / "secrets/name").write_text("other\n")
    assert live.refresh()[0].database_url.endswith("/data/other.db")
    assert live.problems == []
    (root / "secrets/name").write_text("another\n")
    assert live.refresh()[0].database_url.endswith("/data/another.db")
    live.close()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import time\nprint('hello')\ntime.sleep(1000)", "importing it does not end within 3 s"),
        ("import os\nos._exit(7)", "reading it ends its process (status 7)"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "reading it ends its process (signal SIGSEGV)"),
    ],
)
def test_a_module_that_hangs_or_dies_when_imported_does_so_elsewhere(
    code: str, sentence: str, make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(declarations, "TIME_LIMIT", 3.0)
    root = make_site(instances=INSTANCES, members="good, bad", modules={"bad": code})
    site = read_site(root)
    assert site.instances["bad"].broken == f"The module bad cannot be used: {sentence}."
    assert site.instances["good"].declaration is not None


@pytest.mark.parametrize("end", ["", "os._exit(3)", "os.killpg(0, signal.SIGKILL)", "time.sleep(1000)"])
def test_what_a_module_starts_when_it_is_imported_ends_with_the_reading(
    end: str, make_site: MakeSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also what has a session of its own and no parent any more, and holds the output open."""
    monkeypatch.setattr(declarations, "TIME_LIMIT", 5.0)
    word = str(tmp_path)
    code = f"""
import os, signal, subprocess, sys, time
sleeper = [sys.executable, "-c", "import time; time.sleep(1000)", {word!r}]
subprocess.Popen(sleeper, start_new_session=True, close_fds=False)
if not os.fork():
    subprocess.Popen(sleeper, start_new_session=True, close_fds=False)
    os._exit(0)
{end}
"""
    site = read_site(make_site(instances=INSTANCES, members="good, bad", modules={"bad": code}))
    assert site.instances["bad"].broken
    assert site.instances["good"].declaration is not None
    assert left_of(word) == []


def test_modules_that_hang_are_blamed_alone(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hang, two are well, and the shipped ones as well: nobody else is blamed."""
    monkeypatch.setattr(declarations, "TIME_LIMIT", 10.0)
    hanging = {f"hangs{number}": "import time\ntime.sleep(1000)" for number in range(3)}
    instances = "".join(f"[{name}]\nmodule = {name}\n" for name in [*hanging, "host"]) + GOOD
    root = make_site(instances=instances, modules=hanging, members=", ".join([*hanging, "host", "good"]))
    site = read_site(root)
    assert {name for name, found in site.instances.items() if found.broken} == set(hanging)


def test_a_module_that_is_slow_after_others_is_not_blamed_for_them(tmp_path: Path) -> None:
    """Those of one process are each given their time, not all of them together."""
    folder = tmp_path / "modules"
    folder.mkdir()
    for number in range(4):
        (folder / f"slow{number}.py").write_text(f"import time\ntime.sleep(1.7)\n{PROBE}")
    found = [FoundModule(f"slow{number}", f"file:{folder / f'slow{number}.py'}", "shipped") for number in range(4)]
    assert [described.error for described in in_time(6.0, found).values()] == [""] * 4


def in_time(limit: float, modules: list[FoundModule]) -> dict[str, declarations.Described]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(declarations, "TIME_LIMIT", limit)
        return declarations.describe_modules([(module, {}) for module in modules])


def test_when_time_is_up_for_all_the_rest_is_told_so_and_tried_again(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_site(instances=GOOD, members="good")
    monkeypatch.setattr(declarations, "TIME_FOR_ALL", -1.0)
    assert "there was no time left to read it" in read_site(root).instances["good"].broken
    monkeypatch.undo()
    now = time.time()
    monkeypatch.setattr(declarations.time, "time", lambda: now + 3600)
    assert not read_site(root).instances["good"].broken
