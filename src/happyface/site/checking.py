"""What is worth a look before the first run: things that a configuration names and that are not there.

For ``happyface check`` alone: what is missing now may be there later, and a disk that does not answer must hold up
nobody else.
"""

import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from happyface.contract.masking import public_text
from happyface.contract.source import Source, flat_sources
from happyface.site.config.problems import Problem, sentences_of
from happyface.site.site import Site


def missing_things(site: Site) -> list[str]:
    """Files, commands and the logo that are not there, a sentence each."""
    return sentences_of([*_logo(site), *_sources(site)])


def _logo(site: Site) -> Iterator[Problem]:
    logo = site.settings.template.logo_img
    if logo and not (site.root / "static" / logo.lstrip("/")).is_file():
        yield Problem(f"there is no file static/{logo.lstrip('/')}", "", "[template]", "logo_img")


def _sources(site: Site) -> Iterator[Problem]:
    for instance in (site.instances | site.spare).values():
        for source in flat_sources(instance.sources):
            for sentence in (_fault(source, site.root), *_certificate_faults(source, site.root)):
                if sentence:
                    yield Problem(sentence, "", f"[{instance.name}]:")


def _fault(source: Source, root: Path) -> str:
    if "${" in source.target:  # a secret, or a time: known when it is fetched
        return ""
    if source.kind == "command":
        program = shlex.split(source.target)[0]
        # As it is started: in the site's directory.
        found = (root / program).is_file() if "/" in program else shutil.which(program)
        return "" if found else f"there is no command '{public_text(program)}'"
    if source.kind == "file" and not (root / source.target).exists():
        hint = "; an address begins with https://" if re.match(r"(www\.|[\w-]+(\.[\w-]+)+/)", source.target) else ""
        return f"there is no file '{source.display_url}'{hint}"
    return ""


def _certificate_faults(source: Source, root: Path) -> Iterator[str]:
    for name in filter(None, (source.certificate, source.key, source.ca)):
        if not (root / name).exists():
            yield f"there is no file '{name}'"
    key = root / (source.key or source.certificate)
    with suppress(OSError):  # a source without a key has the site's directory here
        if b"ENCRYPTED" in key.read_bytes():
            yield f"the key in '{source.key or source.certificate}' has a passphrase, which nobody can type in a run"
