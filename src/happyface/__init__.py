"""HappyFace, the meta-monitor: what the author of a module imports, and nothing else."""

from happyface.contract.columns import File, column
from happyface.contract.fetched import Fetched
from happyface.contract.limits import Above, Below, Equal, Limit, Limits
from happyface.contract.module import Module, Result
from happyface.contract.source import Source
from happyface.contract.units import Bytes, BytesPerSecond, Duration, Percent, Seconds, Share, Size
from happyface.errors import SourceError

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
