"""Sphinx's configuration. What the manual says of settings, modules and commands is made from the code: facts.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from happyface import __version__

project = "HappyFace"
author = "The HappyFace contributors"
copyright = "2026, the HappyFace contributors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "from_code"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False

nitpicky = True
nitpick_ignore_regex = [
    # Other projects' classes: to link to them, a build would need the network.
    ("py:.*", r"(collections|datetime|lxml|markupsafe|pathlib|pydantic)\b.*"),
    ("py:class", r"happyface\.contract\.(fetched\.Expected|kit\.numbers\.Number)"),  # type variables
]

html_theme = "furo"
html_title = f"HappyFace {__version__}"
html_favicon = "../src/happyface/web/static/faces/happy.svg"
html_logo = "../src/happyface/web/static/faces/happy.svg"
html_static_path = ["static", "../src/happyface/web/static/faces"]
html_css_files = ["manual.css"]
html_copy_source = False
html_show_sphinx = False
