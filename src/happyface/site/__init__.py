"""The site directory: its configuration, its modules, its secrets."""

from happyface.site.reading import find_site, read_site
from happyface.site.site import Site

__all__ = ["Site", "find_site", "read_site"]
