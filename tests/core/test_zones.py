"""A site that names no time zone is shown in its machine's."""

import pytest

from happyface.site.zones import machine_zone

NEW_YORK = "/usr/share/zoneinfo/America/New_York"


@pytest.mark.parametrize(
    ("told", "localtime", "zone"),
    [
        ("Europe/Berlin", NEW_YORK, "Europe/Berlin"),
        (":Europe/Berlin", NEW_YORK, "Europe/Berlin"),
        ("", NEW_YORK, "America/New_York"),
        ("", "/usr/share/zoneinfo/posix/no/such", "UTC"),
        ("", "/etc/localtime", "UTC"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", NEW_YORK, "America/New_York"),
        ("../../etc/passwd", "/etc/localtime", "UTC"),
    ],
    ids=["named", "with a colon", "by a link", "unknown", "no link", "not a name", "not a zone's file"],
)
def test_the_machines_zone_is_the_one_it_names(
    told: str, localtime: str, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", told)
    monkeypatch.setattr("os.path.realpath", lambda path: localtime)
    assert machine_zone() == zone
