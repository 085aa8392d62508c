"""The host module on the machine that runs this test."""

from datetime import UTC, datetime
from types import SimpleNamespace

import psutil
import pytest

from happyface.modules.host import Host
from happyface.site.nesting import nested_settings


def look(**settings: str) -> tuple[Host.Data, list[Host.Disk], list[Host.Network]]:
    config = Host.Config.model_validate(nested_settings(Host.Config, {"interval": "0.05", **settings}))
    result = Host("host", config, datetime.now(UTC)).extract()
    assert isinstance(result.data, Host.Data)
    disks = [row for row in result.rows if isinstance(row, Host.Disk)]
    return result.data, disks, [row for row in result.rows if isinstance(row, Host.Network)]


def test_shares_are_shares() -> None:
    data, disks, _ = look()
    assert data.memory > 2**20
    assert data.started < datetime.now(UTC)
    assert data.processes >= 1
    assert data.load_per_core == pytest.approx(data.load_5 / data.cores)
    shares = [data.cpu_share, data.memory_used_share, *(disk.used_share for disk in disks)]
    assert all(0 <= share <= 1 for share in shares if share is not None)


def test_the_root_is_there_once_and_pseudo_file_systems_are_not() -> None:
    _, disks, _ = look()
    mounts = [disk.mount for disk in disks]
    assert mounts.count("/") == 1
    assert not {"proc", "sysfs", "tmpfs", "devpts"} & {disk.filesystem for disk in disks}


def test_mounts_are_chosen_by_pattern() -> None:
    _, disks, _ = look(mounts="/proc, /no/such*", exclude_mounts="/sys*")
    assert [disk.mount for disk in disks] == ["/proc"]
    assert disks[0].mounted
    assert disks[0].used_share is None  # it has no size, so nobody knows how full it is


def test_a_named_mount_that_is_missing_is_told() -> None:
    _, disks, _ = look(mounts="/no/such/mount")
    assert [(disk.mount, disk.mounted, disk.total) for disk in disks] == [("/no/such/mount", False, None)]


def test_a_disk_that_cannot_be_asked_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(mount: str) -> None:
        raise PermissionError(mount)

    monkeypatch.setattr(psutil, "disk_usage", refuse)
    _, disks, _ = look(mounts="/")
    assert [(disk.mounted, disk.used_share, disk.files_share) for disk in disks] == [(True, None, None)]


def test_a_machine_without_swap_has_no_share_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "swap_memory", lambda: SimpleNamespace(total=0, used=0))
    data, _, _ = look()
    assert data.swap_used_share is None


@pytest.mark.parametrize(
    ("before", "now", "most"),
    [(100, 300, 4000), (100, 100, 0), (300, 100, None), (None, 100, None)],
    ids=["grown", "still", "started again", "new"],
)
def test_rates(monkeypatch: pytest.MonkeyPatch, before: int | None, now: int, most: int | None) -> None:
    traffic = iter([{} if before is None else {"eth0": counters(before)}, {"eth0": counters(now)}])
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic: next(traffic))
    _, _, [network] = look()
    if most is None:
        assert network.sent is None
    else:
        assert network.sent is not None
        assert most / 4 <= network.sent <= most  # it is watched for 0.05 s, or a little longer


def counters(sent: int) -> SimpleNamespace:
    return SimpleNamespace(bytes_sent=sent, bytes_recv=0, errin=0, errout=0, dropin=0, dropout=0)


def test_loopback_is_left_out() -> None:
    _, _, networks = look()
    assert "lo" not in {network.interface for network in networks}
