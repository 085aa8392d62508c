"""``happyface demo``: a simulated site with a past, and this machine, in one command."""

import contextlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from happyface.cli import logs
from happyface.cli.printing import say
from happyface.cli.progress import bars, is_terminal
from happyface.demo.feeding import Feeding, newest_run_time
from happyface.demo.history import warm_up
from happyface.demo.server import open_server, serving
from happyface.demo.site import DemoSite, in_use, open_demo
from happyface.errors import HappyFaceError
from happyface.site.live import LiveSite

_PATIENCE = 11.0
"""Seconds after the start at which the page is served even while the past is still being written."""
_PORTS = 100
"""How many ports are tried, one after another."""
_LINES = 6
"""How many lines of progress are printed where there is no terminal."""


@click.command("demo")
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("happyface-demo"),
    show_default=True,
    help="The demo's site; kept, so that the next start goes on with it.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 for all.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The next free one when it is taken; 0 takes any.",
)
def command(directory: Path, host: str, port: int) -> None:
    """Show HappyFace at work: a simulated computing site with 30 days of history, and this machine.

    Nothing has to be installed or configured. ^C ends it; the next start goes on where it was.
    """
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until the page is served: clear away what was begun
    warm_up()
    demo = open_demo(directory.absolute())
    # Given back in reverse: the writing ends before the simulated monitors, which it asks, do.
    with contextlib.ExitStack() as used:
        used.enter_context(in_use(demo.root))
        logs.set_up(demo.root / "data" / "log" / "demo.log", quiet=True)
        server = open_server(demo.world, demo.port)
        demo = demo.save(server.port)
        live = LiveSite(demo.root)
        used.callback(live.close)
        demo = _started(demo, live)
        server.world = demo.world
        used.enter_context(serving(server))
        feeding = Feeding(live, demo, used.enter_context(_progress()))
        feeding.start()
        used.callback(feeding.stop)
        # A complete past is waited for that long; on a slow machine the rest is written behind the page.
        feeding.filled.wait(_PATIENCE - (time.monotonic() - started))
        if feeding.error:
            raise HappyFaceError(str(feeding.error))
        _serve(live, host, free_port(host, port), feeding)


def _started(demo: DemoSite, live: LiveSite) -> DemoSite:
    newest = newest_run_time(live.store)
    now = int(datetime.now(UTC).timestamp())
    return demo.started(now, None if newest is None else int(newest)).save(demo.port)


def _serve(live: LiveSite, host: str, port: int, feeding: Feeding) -> None:
    # The past is being written already while the page's libraries are loaded.
    from happyface.web.server import serve

    def ready(url: str) -> None:
        say(f"HappyFace is at {url} (^C ends it)")
        if not feeding.filled.is_set():
            say("The past is still being written; the newest hours come last.", err=True)

    serve(live, host, port, ready)
    say(f"Ending. 'happyface demo --dir {live.root}' goes on with it.", err=True)


def free_port(host: str, port: int) -> int:
    """The port, or the next one that is free, with a line that says so, when it is taken."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0] if host else socket.AF_INET
    for candidate in range(port, min(port + _PORTS, 65536)):
        with socket.socket(family) as tried:
            # As servers do: a port is free although connections of a server that has just ended are still closing.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, candidate))
            except OSError:
                continue
        if candidate != port:
            say(f"Port {port} is taken; {candidate} is used.", err=True)
        return candidate
    # All are taken: the server says so itself.
    return port


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, which is gone when the past is written; some plain lines elsewhere."""
    if not is_terminal():
        yield _plain
        return
    with bars(time_left=True) as bar:
        task = bar.add_task("Writing 30 days of history", total=None)

        def on_progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)
            if done == total:
                bar.stop()

        yield on_progress


def _plain(done: int, total: int) -> None:
    step = -(-total // _LINES)
    if done == total or done // step > (done - 1) // step:
        say(f"History: {done} of {total} runs are written.", err=True)
