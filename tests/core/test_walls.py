"""The walls between the parts, and that nothing is opened, read or connected to by an import."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import happyface

ROOT = Path(happyface.__file__).parent
FILES = {str(path.relative_to(ROOT)): path for path in sorted(ROOT.rglob("*.py"))}


def imported(path: Path) -> set[str]:
    """The modules that a file imports anywhere, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def uses(path: Path, *packages: str) -> set[str]:
    return {
        module for module in imported(path) if any(module == name or module.startswith(f"{name}.") for name in packages)
    }


@pytest.mark.parametrize(
    ("packages", "places"),
    [
        (("sqlalchemy", "psycopg", "pymysql", "sqlite3"), ("store/",)),
        (("cherrypy", "cheroot"), ("web/", "cli/serve.py")),
        (("mako",), ("web/",)),
        (("multiprocessing", "subprocess"), ("acquire/", "site/declarations.py", "demo/")),
        (("aiohttp",), ("acquire/fetching/http.py", "acquire/fetching/redirects.py", "demo/")),
        (("click", "rich"), ("cli/",)),
        (("matplotlib",), ("plots/",)),
    ],
    ids=lambda value: value[0],
)
def test_only_some_places_know_a_library(packages: tuple[str, ...], places: tuple[str, ...]) -> None:
    strangers = {
        name: found for name, path in FILES.items() if not name.startswith(places) and (found := uses(path, *packages))
    }
    assert strangers == {}


def test_commands_print_through_one_place() -> None:
    """What monitors say would reach the terminal as it is otherwise."""
    printing = ("click.echo", "click.secho", "print(", "sys.stdout.write", "sys.stderr.write")
    found = {
        name
        for name, path in FILES.items()
        if name.startswith("cli/")
        and any(re.search(rf"(?<![\w.]){re.escape(call)}", path.read_text()) for call in printing)
    }
    assert found == {"cli/printing.py"}


ROOMS = {
    "contract": set(),
    "rating": {"contract"},
    "model": {"contract", "rating"},
    "store": {"contract", "rating", "model"},
    "plots": {"contract", "rating", "model"},
    "site": {"contract", "rating", "model", "store"},
    "acquire": {"contract", "rating", "model", "store", "site"},
    "web": {"contract", "rating", "model", "plots", "store", "site"},
    "demo": {"contract", "rating", "model", "plots", "store", "site", "acquire"},
    "cli": {"contract", "rating", "model", "plots", "store", "site", "acquire", "web", "demo"},
    "modules": set(),
}
"""Each folder with those that it may import from, beside itself and ``errors``: imports go one way."""


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_one_way(room: str) -> None:
    others = [f"happyface.{room}" for room in ROOMS.keys() - ROOMS[room] - {room}]
    strangers = {
        name: found for name, path in FILES.items() if name.startswith(f"{room}/") and (found := uses(path, *others))
    }
    assert strangers == {}


OPEN_TO_ALL = {"happyface", "happyface.kit"}
"""What a site's module may import of HappyFace, and so ours."""


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("modules/")])
def test_shipped_modules_import_nothing_that_a_sites_module_may_not(name: str) -> None:
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    ours = {module for module in found if module.partition(".")[0] == "happyface"}
    own = {module for module in ours if module.startswith("happyface.modules." + name.split("/")[1] + ".")}
    assert ours - own <= OPEN_TO_ALL


def test_every_file_is_in_a_room() -> None:
    loose = {name for name in FILES if "/" not in name}
    assert loose == {"__init__.py", "__main__.py", "errors.py", "kit.py", "wsgi.py"}
    assert {name.partition("/")[0] for name in FILES if "/" in name} == set(ROOMS)


@pytest.mark.parametrize("room", sorted({str(Path(name).parent) for name in FILES} - {"."}))
def test_no_room_is_crowded(room: str) -> None:
    assert len([name for name in FILES if str(Path(name).parent) == room]) <= 16


LIGHT = """
import sys
import happyface, happyface.acquire.workers.zygote
print([name for name in ("sqlalchemy", "cherrypy", "cheroot", "mako", "aiohttp", "click") if name in sys.modules])
"""


def test_a_worker_loads_neither_database_nor_pages() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


NO_NUMBERS = """
import sys
import happyface.cli.main, happyface.cli.acquire, happyface.cli.status, happyface.store
print([name for name in ("numpy", "matplotlib") if name in sys.modules])
"""


def test_only_plots_load_numpy() -> None:
    """It takes longer to import than a page takes to make, and a cycle has nothing to plot."""
    done = subprocess.run([sys.executable, "-c", NO_NUMBERS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


QUIET = """
import sys, pkgutil, importlib
quiet = False

loud = ("socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen", "os.mkdir", "os.fork")

def watch(event, arguments):
    if quiet and event in loud:
        raise SystemExit(f"{event} {arguments}")
    if quiet and event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise SystemExit(f"{event} {arguments}")

sys.dont_write_bytecode = True
sys.addaudithook(watch)
import happyface
quiet = True
names = [each.name for each in pkgutil.walk_packages(happyface.__path__, "happyface.")]
for name in names:
    if not name.endswith("__main__") and name != "happyface.wsgi":
        importlib.import_module(name)
print(len(names))
"""


def test_nothing_is_opened_or_connected_to_by_an_import(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50
    assert list(tmp_path.iterdir()) == []
