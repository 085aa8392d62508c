"""The few errors that users see as one sentence; every other exception is a bug and is logged whole."""


class HappyFaceError(Exception):
    """What went wrong, in a sentence for the person whom it concerns."""


class ConfigError(HappyFaceError):
    """The site's configuration is not valid. ``problems`` tells everything that is wrong, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SourceError(HappyFaceError):
    """A source could not be fetched, or what it answered could not be read."""


class ModuleError(HappyFaceError):
    """A module cannot be used: it does not import, or does not keep to the contract."""


class StoreError(HappyFaceError):
    """The database or the archive cannot be used."""


class BusyError(HappyFaceError):
    """Another acquisition of the same site is under way."""
