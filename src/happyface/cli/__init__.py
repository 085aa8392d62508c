"""The command line: a file per command."""

from happyface.cli.main import main

__all__ = ["main"]
