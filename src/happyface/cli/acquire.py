"""``happyface acquire``: one cycle, or one every so often."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from happyface.acquire.run import Progress as Told
from happyface.acquire.run import cycle, every
from happyface.cli import logs
from happyface.contract.states import face
from happyface.contract.units import human_duration, parse_quantity
from happyface.site import find_site, read_site
from happyface.site.live import LiveSite
from happyface.store import Store, StoredRun


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            seconds = parse_quantity(str(value), "seconds")
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if seconds < 1:
            self.fail("once a second is the most", param, ctx)
        return seconds


@click.command("acquire")
@click.option(
    "--every", "interval", type=_Duration(), metavar="15m", help="Go on, at every full multiple of this time."
)
@click.pass_obj
def command(given: Path | None, interval: float | None) -> None:
    """Fetch, rate and store everything once, or every so often."""
    root = find_site(given)
    logs.set_up(root / "data" / "log" / "acquire.log", quiet=interval is None)
    if interval is None:
        _once(root)
    else:
        _loop(root, interval)


def _once(root: Path) -> None:
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store, _progress() as told:
        stored = cycle(site, store, progress=told)
    click.echo(_summary(stored))


def _summary(stored: StoredRun) -> str:
    faces = [face(status) for status in stored.statuses.values()]
    counts = [(faces.count(each), each) for each in ("happy", "neutral", "unhappy", "noinfo")]
    told = ", ".join(f"{count} {name}" for count, name in counts if count)
    note = f" {stored.note}" if stored.note else ""
    return f"Run {stored.id} is complete in {human_duration(stored.seconds)}: {told}.{note}"


def _loop(root: Path, interval: float) -> None:
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    live = LiveSite(root)
    click.echo(f"Acquiring every {human_duration(interval)}; ^C ends it.")

    def once() -> None:
        site, store = live.current()
        click.echo(_summary(cycle(site, store)))

    every(once, interval, stop)
    live.close()


@contextmanager
def _progress() -> Iterator[Told]:
    """A progress bar on a terminal; a plain line for each part elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        yield told


def _plain(what: str, done: int, total: int) -> None:
    if done == total:
        click.echo(f"{what}: {total} done", err=True)
