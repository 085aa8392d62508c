"""The time zone of this machine, for sites that name none."""

import os
from zoneinfo import ZoneInfo


def machine_zone() -> str:
    """The name of this machine's time zone, UTC where it does not tell."""
    # TZ may begin with a colon; /etc/localtime is a link into the system's zones.
    candidates = (
        os.environ.get("TZ", "").removeprefix(":"),
        os.path.realpath("/etc/localtime").partition("zoneinfo/")[2],
    )
    for name in filter(None, candidates):
        try:
            return ZoneInfo(name).key
        except (KeyError, ValueError, OSError):
            continue
    return "UTC"
