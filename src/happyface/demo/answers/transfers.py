"""PhEDEx: errors of transfers between the site and others, and the agents that make them."""

from collections.abc import Iterator, Mapping
from random import Random
from xml.sax.saxutils import quoteattr

from happyface.demo.answers.answer import MonitorAnswer, as_json, as_xml
from happyface.demo.incidents import Kind
from happyface.demo.world import HOUR, Snapshot

_WINDOW = 2 * HOUR
_US = "T1_DE_KIT_Disk"
_OTHERS = ("T2_DE_DESY", "T2_DE_RWTH", "T1_FR_CCIN2P3_Disk", "T2_CH_CSCS", "T1_US_FNAL_Disk", "T2_UK_London_IC")
BROKEN = "T2_UK_London_IC"
_MESSAGES = {
    "DESTINATION": (
        "error during PREPARATION phase: [CONNECTION_ERROR] srm put timed out after 180 s",
        "error during FINALIZATION phase: [GENERAL_FAILURE] No write pools configured",
    ),
    "SOURCE": (
        "error during TRANSFER_PREPARATION phase: [REQUEST_TIMEOUT] failed to prepare source file in 180 seconds",
        "error during TRANSFER_PREPARATION phase: [INVALID_PATH] No such file or directory",
    ),
    "TRANSFER": (
        "error during TRANSFER phase: [TRANSFER_TIMEOUT] globus_ftp_client: operation was aborted",
        "error during TRANSFER phase: [GRIDFTP_ERROR] 426 Transfer aborted",
    ),
    "transfer-preparation": ("agent lost the task",),
}
_USUAL = {"DESTINATION": 2.0, "SOURCE": 4.0, "TRANSFER": 7.0, "transfer-preparation": 1.0}
AGENTS = ("download-remote", "download-disk", "file-remove", "file-stager", "block-verify")


def error_log(now: Snapshot, query: Mapping[str, str]) -> MonitorAnswer:
    """The error log of production transfers, from us (``from=``) or to us (``to=``)."""
    return as_xml(_error_log(now, "prod", "from" in query, 1.0))


def debug_error_log(now: Snapshot, query: Mapping[str, str]) -> MonitorAnswer:
    """The error log of test transfers: fewer, and not from the disks that fail."""
    return as_xml(_error_log(now, "debug", "from" in query, 0.45))


def errors(now: Snapshot, instance: str, leaving: bool, scale: float) -> dict[str, int]:
    """How many files could not be transferred within the last two hours, by the word their message starts with."""
    busy = (0.7 + 0.5 * now.activity) * scale
    found = {
        side: usual * busy * (1 + 0.6 * now.noise(f"errors/{instance}/{leaving}/{side}", 3 * HOUR))
        for side, usual in _USUAL.items()
    }
    ours = "SOURCE" if leaving else "DESTINATION"
    read_or_written = 9 if leaving else 30
    found[ours] += (read_or_written if instance == "prod" else 1) * now.level(Kind.POOLS)
    found[ours] += 22 * now.level(Kind.MAINTENANCE)
    found["DESTINATION" if leaving else "SOURCE"] += 17 * scale * now.level(Kind.REMOTE)
    return {side: max(0, round(count)) for side, count in found.items()}


def _error_log(now: Snapshot, instance: str, leaving: bool, scale: float) -> str:
    # By the snapshot's time: whoever asks again within an edition sees the same files.
    dice = now.random(f"errors/{instance}/{leaving}")
    links: dict[str, list[str]] = {}
    broken = now.level(Kind.REMOTE)
    for side, count in errors(now, instance, leaving, scale).items():
        theirs = side == ("DESTINATION" if leaving else "SOURCE")
        for _ in range(count):
            other = BROKEN if broken and theirs and dice.random() < 0.9 else dice.choice(_OTHERS)
            links.setdefault(other, []).append(_file(now, dice, side))
    return "".join(_document(now, instance, leaving, links))


def _document(now: Snapshot, instance: str, leaving: bool, links: Mapping[str, list[str]]) -> Iterator[str]:
    yield f'<phedex instance="{instance}" request_timestamp="{now.time}.42" request_call="errorlog">'
    for other, files in sorted(links.items()):
        ends = {"from": _US, "to": other} if leaving else {"from": other, "to": _US}
        yield f'<link from="{ends["from"]}" to="{ends["to"]}">'
        yield f'<block name="/Cosmics/Run2026-v1/RAW#{now.time // HOUR:x}" id="{now.time // HOUR}">'
        yield "".join(files)
        yield "</block></link>"
    yield "</phedex>"


def _file(now: Snapshot, dice: Random, side: str) -> str:
    message = f"{side} {dice.choice(_MESSAGES[side])}"
    name = f"/store/data/{dice.randrange(10**8):08}.root"
    done = now.time - dice.randrange(_WINDOW)
    return (
        f'<file name={quoteattr(name)} size="{dice.randrange(10**9, 4 * 10**9)}"><transfer_error report_code="255" '
        f'transfer_code="-1" time_done="{done}"><detail_log>{message}</detail_log></transfer_error></file>'
    )


def transfer_rate(now: Snapshot, leaving: bool) -> float:
    """The rate of production transfers in MB/s."""
    usual = (520 if leaving else 680) * (0.5 + 0.6 * now.activity)
    usual *= 1 + 0.35 * now.noise(f"rate/{leaving}", HOUR)
    return max(0.0, usual * (1 - 0.7 * now.level(Kind.POOLS)) * (1 - now.level(Kind.NETWORK, Kind.MAINTENANCE)))


def quality(now: Snapshot, leaving: bool) -> float:
    """The share of test transfers that succeed."""
    bad = 0.12 * now.level(Kind.POOLS) + 0.3 * now.level(Kind.REMOTE) + 0.9 * now.level(Kind.NETWORK, Kind.MAINTENANCE)
    return max(0.0, 0.95 + 0.04 * now.noise(f"quality/{leaving}", 2 * HOUR) - bad)


def agents(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """When the site's agents last said that they live."""
    slow = 2400 * now.level(Kind.DISK) if now.level(Kind.DISK) > 0.9 else 0
    ages = {name: round(300 + 280 * now.noise(f"agent/{name}", HOUR) + slow) for name in AGENTS}
    found = [{"name": name, "state_dir": f"/var/phedex/{name}", "age": age} for name, age in ages.items()]
    return as_json({"phedex": {"instance": "prod", "node": [{"name": _US, "agent": found}]}})
