"""APEL: whether a site's accounting records reach the central database, from EGI's synchronisation page.

The page is HTML with a table of sites, or of one site's months. Its columns are found by their titles, in any order:

- ``Site``;
- ``Last published`` (anything with ``last``): a date, ``2026-11-20`` or ``2026-11-20 13:45:00``, in UTC. Pages that
  have no such column write ``OK [ last published 3 days ago: 2026-11-20 ]`` into their column ``Status``;
- ``Records in local database`` (anything with ``local``, ``your`` or ``database``);
- ``Records in central database`` (anything with ``central``, or with ``published`` and ``record``).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from lxml import etree

from happyface import Above, Fetched, Field, Module, Older, Result, Share, Source, SourceError, Unknown, column
from happyface.kit import matches, named_groups, total

_COUNT = re.compile(r"\d{1,3}([,.'\s]\d{3})+|\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?", re.ASCII)
_MEANINGS = {
    "": re.compile(r"diff"),
    "published": re.compile(r"\blast"),
    "central": re.compile(r"central|portal|\A(?=.*publish)(?=.*record)"),
    "local": re.compile(r"local|your|database"),
    "status": re.compile(r"status|sync"),
    "site": re.compile(r"site"),
    "period": re.compile(r"month|start|period"),
}
"""What the titles of columns say, in the order in which they are tried."""
_LATE = Older(warning="7d", critical="14d")
_DIFFERENT = Above(warning=0.05, critical=0.2)


class Apel(Module):
    """Accounting records: when the site last published them, and how many the central database lacks."""

    class Config(Module.Config):
        source: Source = Field(description="the synchronisation page: an HTML table of sites or months")
        site: list[str] = Field([], description="only sites with these names, which may hold `*` and `?`")

    class Data(Module.Data):
        published: datetime | None = column(
            "Last published", limits=_LATE, description="by the site that has waited longest"
        )
        difference_share: Share | None = column(
            "Difference",
            limits=_DIFFERENT,
            main=True,
            may_be_missing=True,
            description="of local and central records, of the larger number",
        )
        local: int | None = column("Records in the local database")
        central: int | None = column("Records in the central database")
        without_date: int = column("Sites without a date of publication")

    class Site(Module.Row):
        """Sites"""

        site: str
        period: str
        published: datetime | None = column("Last published", limits=_LATE)
        local: int | None = column("Local records")
        central: int | None = column("Central records")
        difference: int | None = column("Difference", description="local less central")
        difference_share: Share | None = column("Relative difference", limits=_DIFFERENT)
        status: str = column("The page says")

    config: Config

    def extract(self, source: Fetched) -> Result:
        rows = [self._site(cells) for cells in _table(source) if matches(cells.get("site", ""), self.config.site)]
        if not rows:
            raise SourceError("The synchronisation page lists no such site")
        newest = _newest(rows)
        undated = [site or "the site" for site, published in newest.items() if published is None]
        data = self.Data(
            published=min(filter(None, newest.values()), default=None),
            difference_share=_difference_share([(row.local, row.central) for row in rows]),
            local=total(row.local for row in rows),
            central=total(row.central for row in rows),
            without_date=len(undated),
        )
        return Result(
            data,
            rows,
            sentence=self._sentence(rows if 0 <= self.status_of(data) < 1 else [], undated),
            unknown=self._unknown(rows, newest),
        )

    def _unknown(self, rows: Sequence[Site], newest: Mapping[str, datetime | None]) -> Unknown:
        """Sites that may be late, for all that is known, and rows whose numbers may differ."""
        ahead = self.now + timedelta(minutes=1)
        undated = [site or "the site" for site, published in newest.items() if not published or published > ahead]
        counted = any(row.local is not None or row.central is not None for row in rows)
        lacking = [row.site or "the site" for row in rows if counted and None in (row.local, row.central)]
        return Unknown(len(rows), list(dict.fromkeys([*undated, *lacking])))

    def _site(self, cells: Mapping[str, str]) -> Site:
        local, central = _count(cells.get("local", "")), _count(cells.get("central", ""))
        return self.Site(
            site=cells.get("site", ""),
            period=cells.get("period", ""),
            published=_date(cells.get("published") or cells.get("status", "")),
            local=local,
            central=central,
            difference=local - central if local is not None and central is not None else None,
            difference_share=_difference_share([(local, central)]),
            status=cells.get("status", "").partition("[")[0].strip(),  # behind that, how many days ago it published
        )

    def _sentence(self, rows: Sequence[Site], undated: Sequence[str]) -> str:
        """The sites (or months) at fault, and those of which the page tells no date."""
        late = [f"{row.site} {row.period}".strip() for row in rows if 0 <= self.status_of(row) < 1]
        return named_groups({"at fault": late, "no date of publication": undated})


def _table(source: Fetched) -> list[dict[str, str]]:
    """The rows of the first table whose titles are understood: the texts of its cells, by their meaning."""
    text = source.text().lower()
    if text.count("<table") > text.count("</table"):
        raise SourceError(f"{source.url} breaks off inside of a table")
    for table in source.html().iter("table"):
        lines = [[_text(cell) for cell in line.iterchildren("td", "th")] for line in _lines(table)]
        for position, titles in enumerate(lines):
            meanings = [_meaning(title) for title in titles]
            if _is_understood(set(meanings)):
                return [_cells(meanings, line) for line in lines[position + 1 :] if len(line) == len(meanings)]
    raise SourceError(f"{source.url} has no table with titles such as Last published, Local records, Central records")


def _lines(table: etree._Element) -> Iterator[etree._Element]:
    """The rows of a table itself, not of tables inside of it."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.iterchildren("tr")


def _text(cell: etree._Element) -> str:
    """The text of a cell; empty for one that holds a table, and so is there for the layout."""
    return "" if cell.find(".//table") is not None else " ".join(str(cell.xpath("string()")).split())


def _meaning(title: str) -> str:
    """What a column holds, by its title; empty where it is not understood, or computed here."""
    words = title.lower()
    for meaning, pattern in _MEANINGS.items():
        if pattern.search(words):
            return meaning
    return ""


def _is_understood(meanings: set[str]) -> bool:
    """Whether these are the titles of the table that is looked for."""
    return {"local", "central"} <= meanings or ("published" in meanings and "site" in meanings)


def _cells(meanings: Sequence[str], line: Sequence[str]) -> dict[str, str]:
    """The texts by meaning; of several columns with the same meaning, the first one's."""
    return {meaning: text for meaning, text in reversed(list(zip(meanings, line, strict=True))) if meaning}


def _count(text: str) -> int | None:
    return int(re.sub(r"\D", "", text)) if _COUNT.fullmatch(text) else None


def _date(text: str) -> datetime | None:
    match = _DATE.search(text)
    try:
        return datetime.fromisoformat(match[0]).replace(tzinfo=UTC) if match else None
    except ValueError:
        return None


def _newest(rows: Sequence[Apel.Site]) -> dict[str, datetime | None]:
    """The newest publication of each site: a row may be one of its months."""
    newest: dict[str, datetime | None] = {}
    for row in rows:
        newest[row.site] = max(filter(None, (newest.get(row.site), row.published)), default=None)
    return newest


def _difference_share(counts: Sequence[tuple[int | None, int | None]]) -> float | None:
    """How far both databases differ, row by row, so that a surplus in one month makes up for no loss in another."""
    pairs = [(local, central) for local, central in counts if local is not None and central is not None]
    larger = sum(map(max, pairs))
    return sum(abs(local - central) for local, central in pairs) / larger if larger else None
