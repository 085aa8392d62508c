"""One run, one answer: instances that read the same file read the same, though it is written meanwhile."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from happyface.acquire.run import cycle
from happyface.contract.columns import Cell
from happyface.model.access import ANONYMOUS
from happyface.site import read_site
from happyface.store import Store
from making import MakeSite

NAMES = [f"reader{number}" for number in range(12)]


WRITER = """
import itertools, os, pathlib, sys
path = pathlib.Path(sys.argv[1])
new = path.with_suffix(".new")
for number in itertools.count(1):
    new.write_text('{"value": %d}' % number)
    new.replace(path)
"""


@contextmanager
def written_all_the_time(path: Path) -> Iterator[None]:
    """Another process replaces a file again and again, with a number that grows."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)]) as writer:
        try:
            while not path.exists():
                assert writer.poll() is None
                time.sleep(0.01)
            yield
        finally:
            writer.kill()


def read_values(store: Store, run: int) -> set[Cell]:
    views = [store.instance(ANONYMOUS, name, run) for name in NAMES]
    assert [view.sentence for view in views if view and view.status < 0] == []
    return {view.cells[0].value for view in views if view}


@pytest.mark.parametrize("option", ["", "source.max_age = {}h\n"], ids=["the same", "with options of their own"])
def test_a_file_that_is_written_meanwhile_has_one_content_in_a_run(make_site: MakeSite, option: str) -> None:
    instances = "".join(
        f"[{name}]\nmodule = probe\nsource = state.json\n{option.format(number + 1)}"
        for number, name in enumerate(NAMES)
    )
    root = make_site(instances=instances, members=", ".join(NAMES))
    site = read_site(root)
    with Store(site.database_url, site.archive, site.outline) as store, written_all_the_time(root / "state.json"):
        found = [read_values(store, cycle(site, store).id) for _ in range(3)]
    assert [len(values) for values in found] == [1, 1, 1]
    assert len(set.union(*found)) == 3, "nobody wrote"
