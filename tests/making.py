"""What tests that make sites share."""

from collections.abc import Callable
from pathlib import Path

from happyface import Fetched

MakeSite = Callable[..., Path]
"""The fixture ``make_site``."""
Fetch = Callable[..., dict[str, Fetched]]
"""The fixture ``fetch_all``."""
FetchOne = Callable[..., Fetched]
"""The fixture ``fetch_one``."""

PROBE = '''
from happyface import Above, Fetched, Module, Result, Source, column

class Probe(Module):
    """A number that a server tells."""

    class Config(Module.Config):
        source: Source

    class Data(Module.Data):
        value: float = column(limits=Above(warning=5, critical=10))

    def extract(self, source: Fetched) -> Result:
        return Result(self.Data(value=source.json()["value"]))
'''
"""The smallest useful module: ``module = probe``."""
