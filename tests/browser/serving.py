"""A served site, for tests with a browser."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path


def renewing(files: dict[str, str]) -> dict[str, str]:
    """The files of a site whose pages renew themselves each second."""
    site = files["config/site.cfg"].replace("[template]", "reload_interval = 1s\n[template]")
    return files | {"config/site.cfg": site}


@contextmanager
def served(root: Path, files: dict[str, str], acquire: Callable[[Path], None]) -> Iterator[str]:
    """The address of a site of these files, served after its runs were acquired."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with ThreadPoolExecutor(1) as thread:  # the browser's driver has an event loop in this one
        thread.submit(acquire, root).result()
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "happyface", "-C", str(root), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://\S+", line)
            assert found, line
            yield found[0].rstrip("/")
        finally:
            process.terminate()
