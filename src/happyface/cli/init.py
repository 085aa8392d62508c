"""``happyface init``: a site that runs at once, with comments that teach."""

from pathlib import Path
from typing import get_args

import click
from pydantic.fields import FieldInfo

from happyface.cli.printing import say
from happyface.contract.module import CommonConfig
from happyface.contract.units import Size, human
from happyface.errors import HappyFaceError
from happyface.site.settings import SECTIONS, CategorySettings, Minutes

_HEAD = """\
; The site as a whole. Every setting is shown with its default; take away the ';' to change one.
; The files of config/ are read in alphabetical order, later ones overriding earlier ones.
; %(name)s is filled in from the same section; ${env:NAME} and ${file:PATH} stand for secrets.
; After a change, 'happyface check' tells everything that is wrong; running servers pick it up by themselves.
"""

_CATEGORY = """\
; Categories: each section is one, and its name stands in its address. Settings:
{settings}

[infrastructure]
name = Infrastructure
description = The machines that everything else stands on
modules = this_machine
"""

_INSTANCE = """\
; Instances: each section is one; its name is unique in the site. 'happyface module list' tells the modules.
; Settings that every instance has, whatever its module:
{settings}

[this_machine]
module = host
name = This machine
description = Load, memory, disks and network of the machine that HappyFace runs on
instruction = Look for the process that takes most ('top'), or for what fills the disk ('du -xh / | sort -h | tail').
; When a disk is a warning and when it is critical, in place of the module's own limits:
; limits.disk.used_share = warning > 85 %, critical > 95 %
; An expression may rate on top of the limits:
; warning = processes > 2000

; A page that must answer: take away the ';' and add 'portal' to the modules of a category.
; [portal]
; module = http_probe
; name = Our portal
; url = https://www.example.org/
"""

_MODULES = """\
Modules of this site: NAME.py, or a folder NAME with an __init__.py. They are used as 'module = NAME'.
'happyface module new NAME' makes one to start from; the manual has it step by step.
"""


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
def command(directory: Path) -> None:
    """Make a site in DIRECTORY that runs at once: it watches this machine."""
    make_site(directory)
    say(f"{directory} is a site now. Next:")
    for line in ("check", "acquire", "serve"):
        say(f"  happyface -C {directory} {line}")


def make_site(directory: Path) -> None:
    """Write the files of a new site.

    Raises:
        HappyFaceError: there is one already, or the directory cannot be written.
    """
    if (directory / "config").exists():  # other files may be there already
        raise HappyFaceError(f"{directory} is a site already; nothing was changed.")
    files = {
        "config/happyface.cfg": f"{_HEAD}\n" + "\n".join(_section(name) for name in SECTIONS),
        "config/categories-enabled/infrastructure.cfg": _CATEGORY.format(settings=_described(CategorySettings)),
        "config/modules-enabled/this_machine.cfg": _INSTANCE.format(settings=_described(CommonConfig)),
        "modules/README.txt": _MODULES,
        "static/README.txt": "Files of this site's own, such as its logo ([template] logo_img).\n",
    }
    try:
        for name, text in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise HappyFaceError(f"{directory} cannot be made a site: {error.strerror} ({error.filename}).") from error


def _section(name: str) -> str:
    lines = [f"[{name}]", f"; {(SECTIONS[name].__doc__ or '').strip()}"]
    for key, info in SECTIONS[name].model_fields.items():
        lines += [f"; {key}: {info.description}", f";{key} = {_written(info)}"]
    return "\n".join(lines) + "\n"


def _described(settings: type[CategorySettings] | type[CommonConfig]) -> str:
    return "\n".join(f";   {key}: {info.description}" for key, info in settings.model_fields.items())


def _written(info: FieldInfo) -> str:
    """A default as one would write it."""
    value = info.default
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return ", ".join(map(str, value))
    # To pydantic a Size is a float: only its validator shows that it is written in bytes.
    if get_args(Size)[1] in info.metadata:
        return human(value, "bytes")
    if get_args(Minutes)[-1] in info.metadata:
        return f"{value / 60:g}m"
    return f"{value:g}" if isinstance(value, float) else str(value)
