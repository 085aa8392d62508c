"""``happyface acquire``: one cycle, or one every so often."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from happyface.acquire.workers.forking import Zygote
from happyface.cli import logs
from happyface.cli.printing import say
from happyface.cli.progress import bars, is_terminal
from happyface.contract.states import face
from happyface.contract.units import human_duration, parse_quantity
from happyface.site import find_site, read_site

if TYPE_CHECKING:  # what is heavy is imported while the process that workers are forked from imports what it needs
    from happyface.acquire.jobs import Progress
    from happyface.store import StoredRun


class _Duration(click.ParamType[float]):
    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            seconds = parse_quantity(str(value), "seconds")
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if str(value).strip()[-1:].isdigit():
            self.fail(f"'{value}' has no unit; write {value}m for minutes or {value}s for seconds", param, ctx)
        if seconds < 1:
            self.fail("once a second is the most", param, ctx)
        return seconds


@click.command("acquire")
@click.option(
    "--every", "interval", type=_Duration(), metavar="15m", help="Go on, at every full multiple of this time."
)
@click.pass_obj
def command(site_dir: Path | None, interval: float | None) -> None:
    """Fetch, rate and store everything once, or every so often."""
    root = find_site(site_dir)
    logs.set_up(root / "data" / "log" / "acquire.log", quiet=interval is None)
    if interval is None:
        _once(root)
    else:
        _loop(root, interval)


_ENDS = (signal.SIGTERM, signal.SIGHUP)
"""What ends an acquisition besides ^C."""


def _once(root: Path) -> None:
    for number in _ENDS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, signal.default_int_handler)  # all that was started and written goes, as after ^C
    zygote = Zygote()  # it imports what workers need while the rest is imported here
    try:
        _cycle_once(root, zygote)
    finally:
        zygote.close()


def _cycle_once(root: Path, zygote: Zygote) -> None:
    from happyface.acquire.run import cycle
    from happyface.store import Store

    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store, _progress() as on_progress:
        stored = cycle(site, store, on_progress=on_progress, zygote=zygote)
    say(_summary(stored))


def _summary(stored: "StoredRun") -> str:
    faces = [face(status) for status in stored.statuses.values()]
    counts = [(faces.count(name), name) for name in ("happy", "neutral", "unhappy", "noinfo")]
    summary = ", ".join(f"{count} {name}" for count, name in counts if count)
    note = f" {stored.note}" if stored.note else ""
    return f"Run {stored.id} is complete in {human_duration(stored.seconds)}: {summary}.{note}"


def _loop(root: Path, interval: float) -> None:
    from happyface.acquire.run import cycle, every
    from happyface.site.live import LiveSite

    stop = threading.Event()
    for number in (*_ENDS, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: stop.set())  # the run under way is completed
    live = LiveSite(root)
    say(f"Acquiring every {human_duration(interval)}; ^C ends it.")

    def once() -> None:
        site, store = live.refresh()
        say(_summary(cycle(site, store, interval=interval)))

    every(once, interval, stop)
    live.close()


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A progress bar for each part on a terminal; a plain line for each elsewhere."""
    if not is_terminal():
        yield _plain
        return
    with bars() as bar:
        tasks = {}

        def on_progress(part: str, done: int, total: int) -> None:
            if part not in tasks:
                tasks[part] = bar.add_task(part, total=total)
            bar.update(tasks[part], completed=done)

        yield on_progress


def _plain(part: str, done: int, total: int) -> None:
    if done == total:
        say(f"{part}: {total} done", err=True)  # a log needs no line for each source
