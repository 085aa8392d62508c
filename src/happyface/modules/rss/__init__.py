"""News: the newest entries of an RSS or Atom feed."""

import calendar
import io
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
from lxml import etree, html

from happyface import Above, Duration, Fetched, Field, Module, Result, Source, SourceError, State, Unknown, column
from happyface.kit import is_ahead, named, time_of

_LONGEST_SUMMARY = 500
_ZONES = {"WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3}
"""Names of zones, in hours east of Greenwich, that feeds use beside those that mail knows."""


class Rss(Module):
    """The newest entries of a news feed (RSS or Atom), and whether any of them has a word that alarms."""

    class Config(Module.Config):
        source: Source = Field(description="the feed")
        max_entries: int = Field(10, ge=1, le=1000, description="so many of the newest entries are kept")
        max_age: Duration | None = Field(None, gt=0, description="older entries are left out: `14d`")
        alarm_words: list[str] = Field([], description="whole words that make an entry a warning: `outage, downtime`")

    class Data(Module.Data):
        entries: int = column("Entries", description="in the whole feed")
        newest: datetime | None = column("Newest entry")
        alarming: int = column("Entries with alarm words", limits=Above(warning=1), main=True)

    class Entry(Module.Row, sort="-published"):
        """Entries"""

        title: str
        published: datetime | None
        alarm: State | None = column("Alarm words")
        author: str
        summary: str = column(detail=True)
        link: str = column(link="title")

    config: Config

    def extract(self, source: Fetched) -> Result:
        feed = _parsed(source)
        entries = sorted((self._entry(entry) for entry in feed.entries), key=_published, reverse=True)
        kept = [entry for entry in entries if self._is_young(entry)][: self.config.max_entries]
        alarming = [entry for entry in kept if entry.alarm]
        ahead = [entry for entry in entries if entry.published and is_ahead(entry.published, self.now)]
        newest = entries[0].published if entries and not ahead else None  # a feed of the future has no age
        data = self.Data(entries=len(entries), newest=newest, alarming=len(alarming))
        return Result(data, kept, sentence=_sentence(feed, entries, alarming, ahead), unknown=_unknown(source, feed))

    def _entry(self, entry: Any) -> Entry:
        title, summary = _plain(entry, "title"), _plain(entry, "summary")
        words = [word for word in self.config.alarm_words if _has_word(f"{title} {summary}", word)]
        link = str(dict.get(entry, "link") or "")
        return self.Entry(
            title=title,
            published=_date(entry),
            alarm=State.warning(", ".join(words)) if words else None,
            summary=summary if len(summary) <= _LONGEST_SUMMARY else summary[: _LONGEST_SUMMARY - 1] + "…",
            author=str(dict.get(entry, "author") or ""),
            link=link if re.match(r"https?://", link, re.IGNORECASE) else "",
        )

    def _is_young(self, entry: Entry) -> bool:
        if self.config.max_age is None or entry.published is None:
            return True
        return self.now - entry.published <= timedelta(seconds=self.config.max_age)


def _parsed(source: Fetched) -> Any:
    """The feed. It is handed over as a stream: from bytes or a text feedparser might open a file or an address."""
    text = source.text()
    if not text.strip():
        raise SourceError(f"{source.url} answered with nothing, where a feed was expected")
    # The charset is known by now: the header goes before what the document declares.
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": source.url}
    feed = feedparser.parse(io.BytesIO(text.encode()), response_headers=headers)
    if not feed.version and not feed.entries:
        start = " ".join(text[:200].split())[:60]
        raise SourceError(f"{source.url} is not a feed (RSS or Atom); it starts with “{start}”")
    if _is_broken(feed) and not feed.entries:
        raise SourceError(f"{source.url} is not well-formed XML, and no entry can be read: {feed.bozo_exception}")
    return feed


def _is_broken(feed: Any) -> bool:
    """Whether the XML is faulty; one that merely declares another charset is forgiven."""
    return bool(feed.bozo) and not isinstance(feed.bozo_exception, feedparser.CharacterEncodingOverride)


def _sentence(feed: Any, entries: list[Rss.Entry], alarming: list[Rss.Entry], ahead: list[Rss.Entry]) -> str:
    titles = ", ".join(f"“{entry.title}” ({entry.alarm})" for entry in alarming[:3])
    broken = "the feed is not well-formed: entries may be missing" if _is_broken(feed) else ""
    future = "dated in the future: " + named([f"“{entry.title}”" for entry in ahead]) if ahead else ""
    return " · ".join(filter(None, [titles, broken, future, "" if entries else "The feed has no entries"]))


def _unknown(source: Fetched, feed: Any) -> Unknown:
    """What a feed may lack that breaks off, or of which not every entry could be read."""
    text = source.text().lower()
    begun, ended = len(re.findall(r"<(?:item|entry)[\s>]", text)), len(re.findall(r"</(?:item|entry)\s*>", text))
    ends = re.search(r"</(?:\w+:)?(?:rss|feed|rdf)\s*>", text[-2000:])
    lost = _is_broken(feed) and not (ends and begun == ended == len(feed.entries))
    return Unknown(len(feed.entries), ["entries of a feed that is not well-formed"] if lost else [])


def _published(entry: Rss.Entry) -> datetime:
    return entry.published or datetime.min.replace(tzinfo=UTC)


def _date(entry: Any) -> datetime | None:
    """When an entry was published, else changed. (A plain ``get`` warns where one stands for the other.)"""
    written = str(dict.get(entry, "published") or dict.get(entry, "updated") or "").strip()
    if own := _own_date(written):
        return own
    parsed = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _own_date(text: str) -> datetime | None:
    """A date that feedparser misreads: one with the name of a zone of Europe, or seconds since 1970."""
    if re.fullmatch(r"\d{9,11}", text):
        return time_of(float(text))
    rest, _, zone = text.rpartition(" ")
    if zone.upper() not in _ZONES:
        return None
    try:
        return parsedate_to_datetime(f"{rest} +{_ZONES[zone.upper()]:02}00").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _plain(entry: Any, key: str) -> str:
    """A text without tags, on one line."""
    text = str(dict.get(entry, key) or "")
    detail = dict.get(entry, f"{key}_detail") or {}
    if detail.get("type") != "text/plain" and re.search(r"[<&]", text):
        text = _without_tags(text)
    return " ".join(text.split())


def _without_tags(text: str) -> str:
    try:
        root = html.fragment_fromstring(text, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return re.sub(r"<[^<>]*>", " ", text)
    return " ".join(root.itertext(with_tail=True))


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
