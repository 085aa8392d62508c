"""HappyFace, the meta-monitor: what the author of a module imports, and nothing else."""

from happyface.columns import File, column
from happyface.errors import SourceError
from happyface.module import Module, Result
from happyface.rating import Above, Below, Equal, Limit, Limits
from happyface.source import Fetched, Source
from happyface.units import Bytes, BytesPerSecond, Duration, Percent, Seconds, Share, Size

from pydantic import Field  # isort: skip

__version__ = "4.0.0.dev0"

__all__ = [
    "Above",
    "Below",
    "Bytes",
    "BytesPerSecond",
    "Duration",
    "Equal",
    "Fetched",
    "Field",
    "File",
    "Limit",
    "Limits",
    "Module",
    "Percent",
    "Result",
    "Seconds",
    "Share",
    "Size",
    "Source",
    "SourceError",
    "column",
]
