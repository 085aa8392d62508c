"""Web pages of the simulated site: services that are probed, who is on shift, and its own front page."""

from collections.abc import Mapping
from html import escape

from happyface.demo.answers import storage
from happyface.demo.answers.answer import MonitorAnswer, as_json, as_page
from happyface.demo.incidents import Kind
from happyface.demo.world import DAY, Snapshot

_SHIFTERS = ("A. Becker", "M. Duarte", "L. Novák", "S. Yilmaz", "J. Keller", "P. Moreau", "I. Rossi")


def index(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """What this server is, and what is going on."""
    events = "".join(f"<li>{escape(incident.kind.value)}</li>" for incident in now.incidents) or "<li>nothing</li>"
    about = "<p>The simulated site that <code>happyface demo</code> watches. Nothing of it is real.</p>"
    return as_page("A simulated computing site", f"{about}<p>What goes wrong at this moment:</p><ul>{events}</ul>")


def not_found(path: str) -> MonitorAnswer:
    """There is no such page."""
    return as_page("Not found", f"<p>There is no {escape(path)} here.</p>", 404)


def portal(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """The users' portal."""
    return as_page("GridKa user portal", "<p>Welcome.</p>", 200, 0.06 + 0.03 * now.noise("portal", 1800))


def wiki(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """The shifters' documentation, which is slow while a disk of its host is full."""
    slow = 2.4 if now.level(Kind.DISK) > 0.9 else 0.0
    return as_page("GridKa wiki", "<p>Shift instructions</p>", 200, 0.1 + 0.05 * now.noise("wiki", 1800) + slow)


def computing_element(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """A gatekeeper of the batch system."""
    if now.level(Kind.BATCH) > 0.5:
        return as_page("Service unavailable", "<p>The scheduler does not answer.</p>", 503)
    return as_page("HTCondor-CE", "<p>Ready for jobs.</p>", 200, 0.04 + 0.02 * now.noise("ce", 1800))


def shift(now: Snapshot, _: Mapping[str, str]) -> MonitorAnswer:
    """Who is on shift: they change at 7, 15 and 23 o'clock."""
    # Shifts of eight hours from 23, 7 and 15 o'clock.
    part = (now.local.hour + 1) // 8
    turn = now.local.toordinal() * 3 + part
    expert = _SHIFTERS[now.time // (7 * DAY) % len(_SHIFTERS)]
    until = f"{(part * 8 + 7) % 24:02}:00"
    return as_json({"shifter": _SHIFTERS[turn % 5], "until": until, "expert": f"{expert}, phone 2-8000"})


SERVICES = {
    "/portal/": portal,
    "/wiki/": wiki,
    "/ce-1/": computing_element,
    "/ce-2/": computing_element,
    "/doors/srm": storage.door,
    "/doors/webdav": storage.door,
    "/doors/xrootd": storage.door,
}
