"""The machine on which HappyFace itself runs."""

import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from fnmatch import fnmatch
from typing import Any

import psutil

from happyface import Above, Bars, Bytes, BytesPerSecond, Duration, Equal, Field, Module, Result, Share, column

_PSEUDO = ("squashfs", "iso9660", "erofs", "cramfs", "udf")
"""File systems that are always full, and should be."""


class Host(Module):
    """Load, memory, disks and network of the machine on which HappyFace runs."""

    class Config(Module.Config):
        interval: Duration = Field(
            0.3, gt=0, le=10, description="how long processors and network are watched for their shares and rates"
        )
        mounts: list[str] = Field(
            [], description="only these mount points, `/data*` too; one without `*` that is not mounted is critical"
        )
        exclude_mounts: list[str] = Field([], description="not these mount points: `/boot*`")
        exclude_interfaces: list[str] = Field(
            ["lo", "veth*", "docker*", "br-*"], description="not these network interfaces"
        )

    class Data(Module.Data):
        load_1: float = column("Load, 1 min")
        load_5: float = column("Load, 5 min")
        load_15: float = column("Load, 15 min")
        load_per_core: float = column("Load of a core, 5 min", limits=Above(warning=2, critical=5), main=True)
        cores: int
        cpu_share: Share = column("Processors busy")
        memory: Bytes
        memory_used_share: Share = column("Memory used", limits=Above(warning=0.90, critical=0.97))
        swap: Bytes
        swap_used_share: Share | None = column("Swap used")
        processes: int
        started: datetime = column("Up since")

    class Disk(Module.Row, key="mount", counts=True, charts=[Bars("used_share")]):
        """Disks"""

        mount: str
        device: str = column(detail=True)
        filesystem: str = column("File system", detail=True)
        mounted: bool = column(limits=Equal(critical=False))
        total: Bytes | None
        used: Bytes | None
        free: Bytes | None
        used_share: Share | None = column("Used", limits=Above(warning=0.90, critical=0.95))
        files_share: Share | None = column(
            "Inodes used", limits=Above(warning=0.90, critical=0.95), may_be_missing=True
        )

    class Network(Module.Row, key="interface", counts=True):  # no limits of its own: who sets some means it
        """Network"""

        interface: str
        up: bool
        sent: BytesPerSecond | None
        received: BytesPerSecond | None
        errors: int = column(description="since the machine started")
        drops: int = column("Dropped", description="packets, since the machine started")

    config: Config

    def extract(self) -> Result:
        psutil.cpu_percent()  # the next call tells the share since this one
        before, began = _traffic(), time.monotonic()
        time.sleep(self.config.interval)
        cpu_share = psutil.cpu_percent() / 100
        networks = self._networks(before, time.monotonic() - began)
        return Result(self._data(cpu_share), self._disks(), networks)

    def _data(self, cpu_share: float) -> Data:
        loads = psutil.getloadavg()
        cores = psutil.cpu_count() or 1
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        return self.Data(
            load_1=loads[0],
            load_5=loads[1],
            load_15=loads[2],
            load_per_core=loads[1] / cores,
            cores=cores,
            cpu_share=cpu_share,
            memory=memory.total,
            memory_used_share=1 - memory.available / memory.total,
            swap=swap.total,
            swap_used_share=swap.used / swap.total if swap.total else None,
            processes=len(psutil.pids()),
            started=datetime.fromtimestamp(psutil.boot_time(), UTC),
        )

    def _disks(self) -> list[Disk]:
        wanted, unwanted = self.config.mounts, self.config.exclude_mounts
        # network file systems are looked at only when asked for: one that hangs would hang us
        partitions = {partition.mountpoint: partition for partition in psutil.disk_partitions(all=True)}
        local = [partition.mountpoint for partition in psutil.disk_partitions() if partition.fstype not in _PSEUDO]
        chosen = (
            [mount for mount in partitions if _fits(mount, wanted)] if wanted else _once_a_device(local, partitions)
        )
        missing = [mount for mount in wanted if mount not in partitions and not set(mount) & set("*?[")]
        return [self._disk(mount, partitions.get(mount)) for mount in chosen + missing if not _fits(mount, unwanted)]

    def _disk(self, mount: str, partition: Any) -> Disk:
        space, files = _space(mount) if partition else (None, None)
        return self.Disk(
            mount=mount,
            device=partition.device if partition else "",
            filesystem=partition.fstype if partition else "",
            mounted=partition is not None,
            total=space and space.total,
            used=space and space.used,
            free=space and space.free,
            used_share=space.used / (space.used + space.free) if space and space.used + space.free else None,
            files_share=files,
        )

    def _networks(self, before: dict[str, Any], seconds: float) -> list[Network]:
        up = {name: stats.isup for name, stats in psutil.net_if_stats().items()}
        return [
            self.Network(
                interface=name,
                up=up.get(name, False),
                sent=_rate(before.get(name), now, "bytes_sent", seconds),
                received=_rate(before.get(name), now, "bytes_recv", seconds),
                errors=now.errin + now.errout,
                drops=now.dropin + now.dropout,
            )
            for name, now in sorted(_traffic().items())
            if not _fits(name, self.config.exclude_interfaces) and (up.get(name) or now.bytes_sent + now.bytes_recv)
        ]


def _traffic() -> dict[str, Any]:
    return dict(psutil.net_io_counters(pernic=True))


def _rate(before: Any, now: Any, counter: str, seconds: float) -> float | None:
    """None where an interface has just come, or its counter has started again."""
    if before is None or seconds <= 0:
        return None
    grown = getattr(now, counter) - getattr(before, counter)
    return grown / seconds if grown >= 0 else None


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _once_a_device(mounts: list[str], partitions: dict[str, Any]) -> list[str]:
    """The root, and of several mounts of one device (as containers have them) the shortest directory."""
    devices: dict[str, str] = {}
    for mount in sorted({"/", *mounts} & partitions.keys(), key=lambda mount: (len(mount), mount)):
        if os.path.isdir(mount):
            devices.setdefault(partitions[mount].device, mount)
    return sorted(devices.values())


def _space(mount: str) -> tuple[Any, float | None]:
    """Space and share of inodes in use; nothing where it cannot be asked, inodes where it counts none."""
    try:
        space, inodes = psutil.disk_usage(mount), os.statvfs(mount)
    except OSError:
        return None, None
    available = inodes.f_files - inodes.f_ffree + inodes.f_favail
    return space, (inodes.f_files - inodes.f_ffree) / available if inodes.f_files and available else None
