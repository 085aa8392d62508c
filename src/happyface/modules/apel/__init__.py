"""APEL: whether a site's accounting records reach the central database, from EGI's synchronisation page.

The page is HTML with a table of sites, or of one site's months. Its columns are found by their titles, in any order:

- ``site``;
- ``last published`` (or ``last update``): a date, ``2026-11-20`` or ``2026-11-20 13:45:00`` in UTC. Pages that
  have none write ``OK [ last published 3 days ago: 2026-11-20 ]`` into their column ``status``;
- ``records in the local database`` (anything with ``local``, ``your`` or ``site``) and ``records in the central
  database`` (anything with ``central``, ``published`` or ``portal``).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from lxml import etree

from happyface import Above, Fetched, Field, Module, Result, Seconds, Share, Source, SourceError, column
from happyface.modules.names import matches, named

_DAY = 86400.0
