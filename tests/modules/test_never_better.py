"""Whatever happens to a troubled answer on its way, the status does not get better."""

import configparser
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from happyface import modules
from happyface.acquire.samples import run_samples
from happyface.site.modules import find_modules

FOLDER = Path(modules.__path__[0])
ANSWERS = {
    "apel": "trouble.html",
    "dcache_pools": "trouble.xml",
    "htcondor": "trouble.json",
    "multiplot": "error.html",
    "nagios": "trouble.json",
    "plot": "error.html",
    "prometheus": "load.json",
    "rss": "news.xml",
    "sam_tests": "trouble.json",
    "values": "readonly.json",
}
"""The answer of each module's sample `trouble`. `host` has none; `http_probe` and `phedex_error_log` read texts."""
FOREIGN = {
    "htcondor": r'("JobStatus":\s*)\d+',
    "nagios": r'("status":\s*)\d+',
    "prometheus": r'(,\s*)"[\d.]+"',
    "sam_tests": r'("status":\s*)"\w+"',
}
"""Where the words are that decide."""


def _cut(text: str) -> Iterator[str]:
    yield from (text[: len(text) * part // 8] for part in range(8))


def _foreign(text: str, pattern: str) -> Iterator[str]:
    yield re.sub(pattern, r'\1"zzz"', text)
    for match in re.finditer(pattern, text):
        yield text[: match.start()] + match[1] + '"zzz"' + text[match.end() :]


def _statuses(name: str, folder: Path, texts: list[str], now: str = "") -> tuple[float, list[float]]:
    """The status of the sample `trouble`, and those with other answers in the place of its own."""
    shutil.copytree(FOLDER / name / "samples", folder, dirs_exist_ok=True)
    cases = configparser.ConfigParser(default_section="", interpolation=None)
    cases.read(folder / "samples.cfg", encoding="utf-8")
    trouble = dict(cases["trouble"])
    made: dict[str, Any] = {"trouble": trouble}
    for number, text in enumerate(texts):
        (folder / f"made{number}").write_text(text, encoding="utf-8")
        made[f"case{number}"] = {
            key: f"made{number}" if value == ANSWERS[name] else value for key, value in trouble.items()
        } | ({"now": now} if now else {})
    cases.clear()
    cases.read_dict(made)
    with (folder / "samples.cfg").open("w", encoding="utf-8") as file:
        cases.write(file)
    first, *others = [result.outcome.status for result in run_samples(find_modules()[name], folder)]
    return first, others


def _answer(name: str) -> str:
    return (FOLDER / name / "samples" / ANSWERS[name]).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_cut_off_is_not_better(tmp_path: Path, name: str) -> None:
    status, found = _statuses(name, tmp_path, list(_cut(_answer(name))))
    # An empty answer of condor_q is one of no jobs, where it comes from a command that ended well.
    assert all(each <= status for each in found[name == "htcondor" :])


@pytest.mark.parametrize("name", FOREIGN)
def test_words_that_nobody_knows_are_not_better(tmp_path: Path, name: str) -> None:
    status, found = _statuses(name, tmp_path, list(_foreign(_answer(name), FOREIGN[name])))
    assert len(found) > 1
    assert all(each <= status for each in found)


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


@pytest.mark.parametrize("name", ["values"])
@pytest.mark.parametrize("garbage", ["zzz", None, {}])
def test_garbled_values_are_not_better(tmp_path: Path, name: str, garbage: object) -> None:
    document = json.loads(_answer(name))
    count = -_leaves(document, lambda value: value, -1)[1] - 1
    texts = [json.dumps(_leaves(document, lambda _: garbage, place)[0]) for place in range(count)]
    status, found = _statuses(name, tmp_path, texts)
    assert found
    assert all(each <= status for each in found)
