"""Whatever happens to a troubled answer on its way, the status does not get better."""

import configparser
import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from happyface import modules
from happyface.acquire.samples import run_samples
from happyface.acquire.workers.extract import extract
from happyface.modules.host import Host
from happyface.site.modules import find_modules
from happyface.site.nesting import nested_settings

FOLDER = Path(modules.__path__[0])
ANSWERS = {
    "apel": "trouble.html",
    "dcache_pools": "trouble.xml",
    "htcondor": "trouble.json",
    "http_probe": "maintenance.html",
    "multiplot": "cpu.png",
    "nagios": "trouble.json",
    "phedex_error_log": "trouble.xml",
    "plot": "error.html",
    "prometheus": "load.json",
    "rss": "news.xml",
    "sam_tests": "trouble.json",
    "values": "readonly.json",
}
"""The answer of each module's sample `trouble`."""
FOREIGN = {
    "apel": r"(<td>)[\d-]+[^<]*(?=<)",
    "dcache_pools": r"(>)\d+(?=<)",
    "htcondor": r'("JobStatus":\s*)\d+',
    "nagios": r'("status":\s*)\d+',
    "prometheus": r'(,\s*)"[\d.]+"',
    "sam_tests": r'("status":\s*)"\w+"',
    "values": r'("(?:state|read\.only)":\s*)[\w"]+',
}
"""Where the words are that decide."""
PLACES = {"apel": r"(>)[^<>\n]+(?=<)", "dcache_pools": r"(>|metric name=\")\w+"}
"""Where an answer that is not JSON can be garbled: not in the names that the configuration chooses by."""
GARBLED = ("htcondor", "nagios", "prometheus", "sam_tests", "values", *PLACES)

_IMAGE = "an image is one or is none, which `cut` tries: it has no words and no values"
_SEARCHED = "a text that is searched for words alone is well without them: what_can_be_trusted.md says so"
_BY_RULE = "by its rule, what begins with another word is of unknown cause, which is counted, told and rated by none"
_MEASURED = "it reads no answer; what cannot be measured is tried below"
CANNOT_APPLY = {
    ("foreign", "host"): _MEASURED,
    ("foreign", "http_probe"): _SEARCHED,
    ("foreign", "multiplot"): _IMAGE,
    ("foreign", "phedex_error_log"): _BY_RULE,
    ("foreign", "plot"): _IMAGE,
    ("foreign", "rss"): _SEARCHED,
    ("garbled", "host"): _MEASURED,
    ("garbled", "http_probe"): _SEARCHED,
    ("garbled", "multiplot"): _IMAGE,
    ("garbled", "phedex_error_log"): _BY_RULE,
    ("garbled", "plot"): _IMAGE,
    ("garbled", "rss"): _SEARCHED,
    ("cut", "host"): _MEASURED,
    ("aged", "host"): _MEASURED,
}


def test_every_module_is_tried_in_every_way_or_there_is_a_reason() -> None:
    tried = {"cut": ANSWERS, "aged": ANSWERS, "foreign": FOREIGN, "garbled": GARBLED}
    shipped = {name for name, found in find_modules().items() if found.origin == "shipped"}
    every = {(way, name) for way in tried for name in shipped}
    done = {(way, name) for way, names in tried.items() for name in names}
    assert done | CANNOT_APPLY.keys() == every
    assert not done & CANNOT_APPLY.keys()


def _cut(body: bytes) -> Iterator[bytes]:
    yield from (body[: len(body) * part // 8] for part in range(8))


def _changed(text: str, pattern: str, word: str) -> Iterator[bytes]:
    """The text with something else in all places, and in each."""
    yield re.sub(pattern, lambda match: match[1] + word, text).encode()
    for match in re.finditer(pattern, text):
        yield (text[: match.start()] + match[1] + word + text[match.end() :]).encode()


def _statuses(name: str, folder: Path, texts: list[bytes], now: str = "") -> tuple[float, list[float]]:
    """The status of the sample `trouble`, and those with other answers in the place of its own."""
    shutil.copytree(FOLDER / name / "samples", folder, dirs_exist_ok=True)
    cases = configparser.ConfigParser(default_section="", interpolation=None)
    cases.read(folder / "samples.cfg", encoding="utf-8")
    trouble = dict(cases["trouble"])
    made: dict[str, Any] = {"trouble": trouble}
    for number, text in enumerate(texts):
        (folder / f"made{number}").write_bytes(text)
        made[f"case{number}"] = {
            key: f"made{number}" if value == ANSWERS[name] else value for key, value in trouble.items()
        } | ({"now": now} if now else {})
    cases.clear()
    cases.read_dict(made)
    with (folder / "samples.cfg").open("w", encoding="utf-8") as file:
        cases.write(file)
    first, *others = [result.outcome.status for result in run_samples(find_modules()[name], folder)]
    assert first < 1, "this is no trouble"
    return first, others


def _answer(name: str) -> bytes:
    return (FOLDER / name / "samples" / ANSWERS[name]).read_bytes()


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_cut_off_is_not_better(tmp_path: Path, name: str) -> None:
    status, found = _statuses(name, tmp_path, list(_cut(_answer(name))))
    assert all(each <= status for each in found)


@pytest.mark.parametrize("name", FOREIGN)
def test_words_that_nobody_knows_are_not_better(tmp_path: Path, name: str) -> None:
    word = '"zzz"' if ANSWERS[name].endswith("json") else "zzz"
    texts = list(_changed(_answer(name).decode(), FOREIGN[name], word))
    status, found = _statuses(name, tmp_path, texts)
    assert len(found) > 1
    assert {texts[place]: each for place, each in enumerate(found) if each > status} == {}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_old_is_not_better(tmp_path: Path, name: str) -> None:
    status, found = _statuses(name, tmp_path, [_answer(name)], "2027-11-22T18:00:00Z")
    assert found[0] <= status


def _leaves(document: Any, change: Callable[[Any], Any], place: int) -> tuple[Any, int]:
    """A JSON document with its leaf at some place changed, and how many places are left."""
    if isinstance(document, dict):
        made: dict[str, Any] = {}
        for key, value in document.items():
            made[key], place = _leaves(value, change, place)
        return made, place
    if isinstance(document, list):
        elements = []
        for value in document:
            element, place = _leaves(value, change, place)
            elements.append(element)
        return elements, place
    return (change(document) if place == 0 else document), place - 1


def _garbled_json(body: bytes) -> Iterator[bytes]:
    document = json.loads(body)
    count = -_leaves(document, lambda value: value, -1)[1] - 1
    for garbage in ("zzz", None, {}):
        for place in range(count):
            yield json.dumps(_leaves(document, lambda _, garbage=garbage: garbage, place)[0]).encode()


@pytest.mark.parametrize("name", GARBLED)
def test_garbled_values_are_not_better(tmp_path: Path, name: str) -> None:
    body = _answer(name)
    texts = list(_changed(body.decode(), PLACES[name], "\ufffd") if name in PLACES else _garbled_json(body))
    status, found = _statuses(name, tmp_path, texts)
    assert len(found) > 1
    assert {texts[place]: each for place, each in enumerate(found) if each > status} == {}


@pytest.mark.parametrize("measured", ["disk_usage", "disk_partitions"])
def test_what_cannot_be_measured_is_not_better(monkeypatch: pytest.MonkeyPatch, measured: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(measured)

    settings = {"interval": "0.01", "mounts": "/", "limits.disk.used_share": "critical >= 0 %"}
    config = Host.Config.model_validate(nested_settings(Host.Config, settings))
    assert extract(Host, "host", config, datetime.now(UTC), {}).status == 0
    monkeypatch.setattr(psutil, measured, refuse)
    assert extract(Host, "host", config, datetime.now(UTC), {}).status <= 0
