"""The demo's site directory: written at the first start, found again at the next ones.

``demo.json`` in it has the seed, the simulated site's port and the times of its starts. The configuration belongs
to the user from then on; only the file with the simulated site's address is written anew when its port has changed.
"""

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path

from happyface.contract.source import flat_sources
from happyface.demo.incidents import QUIET_BEFORE, Start
from happyface.demo.world import World
from happyface.errors import BusyError, HappyFaceError
from happyface.site import Site
from happyface.site.site import Instance

_STATE = "demo.json"
_ADDRESS = "config/modules-enabled/00-simulated-site.cfg"
_ADDRESS_TEXT = """\
; Where the simulated site is: 'happyface demo' writes this file at each start.
; What stands in [DEFAULT] can be filled into every section, here as %(simulated)s.

[DEFAULT]
simulated = {address}
"""


@dataclass(frozen=True)
class DemoSite:
    """A demo's directory and its state, which is kept between starts in ``demo.json``."""

    root: Path
    seed: int = 2012
    port: int = 0
    starts: tuple[Start, ...] = field(default=())

    @property
    def world(self) -> World:
        """The world that it watches."""
        return World(self.seed, self.starts)

    @property
    def address(self) -> str:
        """The simulated site's address."""
        return f"http://127.0.0.1:{self.port}"

    def started(self, now: int, stored: int | None) -> "DemoSite":
        """The same site, started at a time.

        Args:
            now: the time, in seconds since 1970.
            stored: the time of the newest run, if there is one; incidents before it stay as they are.
        """
        if self.starts and now - self.starts[-1].time < QUIET_BEFORE:
            return self  # what was under way still is, or is just over
        return replace(self, starts=(*self.starts, Start(now, stored or 0)))

    def save(self, port: int) -> "DemoSite":
        """Remember the site, with the simulated site's port, and write that down for HappyFace."""
        saved = replace(self, port=port)
        text = _ADDRESS_TEXT.format(address=saved.address)
        path = self.root / _ADDRESS
        # A file that is written anew has another time, and a server would read the whole configuration again.
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        state = {"seed": self.seed, "port": port, "starts": [asdict(start) for start in self.starts]}
        # Put in place whole: after a crash there is the old state or the new one.
        copy = self.root / f"{_STATE}.new"
        copy.write_text(json.dumps(state, indent=1), encoding="utf-8")
        copy.replace(self.root / _STATE)
        return saved


def open_demo(root: Path) -> DemoSite:
    """The demo in a directory, which is made when there is none.

    Raises:
        HappyFaceError: something else is there, or it cannot be written.
    """
    try:
        if (root / _STATE).is_file():
            return _read(root)
        # Nobody's directory is filled with a demo by a mistyped --dir.
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise HappyFaceError(f"{root} is there already and is no demo; name another directory with --dir.")
        with as_file(files("happyface.demo") / "site") as template:
            shutil.copytree(template, root, dirs_exist_ok=True)
        demo = DemoSite(root)
        demo.save(demo.port)
        return demo
    except OSError as error:
        raise HappyFaceError(f"The demo cannot be made in {root}: {error.strerror} ({error.filename}).") from error


@contextmanager
def in_use(root: Path) -> Iterator[None]:
    """Hold a demo's directory, so that a second demo leaves it alone.

    Raises:
        BusyError: another demo runs there.
    """
    (root / "data").mkdir(exist_ok=True)
    with (root / "data" / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(f"Another demo runs in {root}; name another directory with --dir.") from error
        yield


def _read(root: Path) -> DemoSite:
    try:
        state = json.loads((root / _STATE).read_text(encoding="utf-8"))
        return DemoSite(
            root, int(state["seed"]), int(state["port"]), tuple(Start(**start) for start in state["starts"])
        )
    except (ValueError, KeyError, TypeError) as error:
        raise HappyFaceError(f"{root / _STATE} cannot be read any more; remove {root} to begin anew.") from error


def simulated_part(site: Site, address: str) -> Site:
    """A site with its simulated instances alone: the others have no past to write."""
    instances = {name: instance for name, instance in site.instances.items() if _is_simulated(instance, address)}
    categories = tuple(
        replace(category, instances=tuple(name for name in category.instances if name in instances))
        for category in site.categories
    )
    return replace(site, categories=categories, instances=instances)


def _is_simulated(instance: Instance, address: str) -> bool:
    """Whether a shipped module's instance fetches from the simulated site and from nowhere else."""
    # The past is made by running modules' code in processes of the demo: only for our own.
    if instance.declaration is None or instance.module.origin != "shipped":
        return False
    # With the slash, so that port 8080 does not begin like port 80801.
    sources = list(flat_sources(instance.sources))
    return bool(sources) and all(f"{source.target}/".startswith(f"{address}/") for source in sources)
