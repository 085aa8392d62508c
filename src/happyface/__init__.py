"""HappyFace, the meta-monitor: what the author of a module imports, and nothing else."""

from pydantic import Field

from happyface.contract.charts import Bars, Chart, Histogram, Scatter
from happyface.contract.columns import column
from happyface.contract.fetched import Fetched
from happyface.contract.files import File
from happyface.contract.limits import Above, Below, Equal, Limit, Limits, Older, OneOf
from happyface.contract.module import Module, Previous, Result
from happyface.contract.source import Source
from happyface.contract.states import State
from happyface.contract.units import Bytes, BytesPerSecond, Duration, Percent, Seconds, Share, Size
from happyface.contract.unknown import Unknown
from happyface.errors import SourceError

__version__ = "4.0.0.dev0"

__all__ = [
    "Above",
    "Bars",
    "Below",
    "Bytes",
    "BytesPerSecond",
    "Chart",
    "Duration",
    "Equal",
    "Fetched",
    "Field",
    "File",
    "Histogram",
    "Limit",
    "Limits",
    "Module",
    "Older",
    "OneOf",
    "Percent",
    "Previous",
    "Result",
    "Scatter",
    "Seconds",
    "Share",
    "Size",
    "Source",
    "SourceError",
    "State",
    "Unknown",
    "column",
]
