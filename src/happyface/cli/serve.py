"""``happyface serve``: the page."""

from pathlib import Path

import click

from happyface.cli import logs
from happyface.cli.printing import say
from happyface.site import find_site
from happyface.site.live import LiveSite


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 for all.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free one.")
@click.pass_obj
def command(site_dir: Path | None, host: str, port: int) -> None:
    """Serve the site's page; a changed, valid configuration is picked up."""
    from happyface.web.server import serve

    root = find_site(site_dir)
    logs.set_up(root / "data" / "log" / "serve.log")
    live = LiveSite(root)
    try:
        serve(live, host, port, lambda url: say(f"HappyFace is at {url} (^C ends it)"))
    finally:
        live.close()
