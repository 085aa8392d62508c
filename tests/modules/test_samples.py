"""One test for all shipped modules: each does with its own samples what it says."""

import configparser
from functools import cache
from pathlib import Path

import pytest

from happyface import modules
from happyface.acquire.samples import run_samples
from happyface.site.loading import load_module
from happyface.site.modules import find_modules

FOLDERS = sorted(path.parent for path in Path(modules.__path__[0]).glob("*/__init__.py"))


def _cases(folder: Path) -> list[str]:
    cases = configparser.ConfigParser(default_section="", interpolation=None)
    cases.read(folder / "samples" / "samples.cfg", encoding="utf-8")
    return cases.sections()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_has_the_five_cases(folder: Path) -> None:
    assert {"good", "trouble", "empty", "broken", "partly not understood"} <= set(_cases(folder))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_speaks_to_the_shifter(folder: Path) -> None:
    module = load_module(f"happyface.modules.{folder.name}")
    assert (module.__doc__ or "").splitlines()[0].endswith(".")
    fields = module.Config.model_fields
    undescribed = [name for name, info in fields.items() if not info.description and name != "source"]
    assert not undescribed


@pytest.mark.parametrize(
    ("folder", "case"),
    [(folder, case) for folder in FOLDERS for case in _cases(folder)],
    ids=lambda value: value.name if isinstance(value, Path) else value.replace(" ", "_"),
)
def test_sample(folder: Path, case: str) -> None:
    assert _results(folder.name)[case] == []


@cache
def _results(name: str) -> dict[str, list[str]]:
    """What is not as expected, by case; a module is tried on all of them at once."""
    return {result.case: result.problems for result in run_samples(find_modules()[name])}
