"""``happyface [-C SITE] COMMAND``."""

import atexit
import gc
import importlib
import sys
from pathlib import Path

import click

from happyface import __version__
from happyface.cli.printing import say
from happyface.errors import ConfigError, HappyFaceError

# When Python ends it looks for garbage among everything that was ever loaded, which took a fifth of the time of a short
# command. What is frozen is left out; the system has the memory back in a moment anyway.
atexit.register(gc.freeze)

COMMANDS = {
    "init": "Make a site that runs at once: it watches this machine.",
    "check": "Tell everything that is wrong with the site.",
    "acquire": "Fetch, rate and store everything once, or every so often.",
    "serve": "Serve the site's page.",
    "demo": "Show HappyFace at work: a simulated site with a past.",
    "status": "Tell the newest run's faces.",
    "plot": "Plot numbers over time: an image, JSON or CSV.",
    "moved": "Tell which numbers moved in a span, of all there are.",
    "module": "Modules: what there is, a new one, and its trial.",
}
"""The commands, each in a file of its name, and what ``--help`` says of them in a line."""


class _Commands(click.Group):
    """Commands that are loaded when they are called.

    An error that concerns the user is one sentence and exit status 1; everything else keeps its traceback.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"happyface.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # click would ask each command for its line, and so load the database, the fetching and the page.
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except HappyFaceError as error:
            # A sentence a line, whatever the sentences quote.
            for sentence in error.problems if isinstance(error, ConfigError) else [str(error)]:
                say(sentence, err=True)
            sys.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="happyface")
@click.option(
    "-C",
    "site",
    type=click.Path(path_type=Path),
    metavar="SITE",
    help="The site's directory; by default HAPPYFACE_SITE, else the current directory.",
)
@click.pass_context
def main(ctx: click.Context, site: Path | None) -> None:
    """HappyFace: is the computing site all right, now and at any moment of the past?"""
    ctx.obj = site
