"""What the samples of rss cannot show."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from happyface import Fetched, SourceError
from happyface.modules.rss import Rss

NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)


def rows(tmp_path: Path, *items: str, **settings: object) -> list[Rss.Entry]:
    file = tmp_path / "feed.xml"
    file.write_text(f'<rss version="2.0"><channel><title>N</title>{"".join(items)}</channel></rss>', "utf-8")
    config = Rss.Config.model_validate({"source": "https://news.example.org/rss", **settings})
    result = Rss("news", config, NOW).extract(Fetched("https://news.example.org/rss", file=file, status=200))
    return [row for row in result.rows if isinstance(row, Rss.Entry)]


def test_newest_first_and_without_a_date_last(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        "<item><title>undated</title></item>",
        "<item><title>old</title><pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate></item>",
        "<item><title>new</title><pubDate>Sun, 22 Nov 2026 10:00:00 +0200</pubDate></item>",
    )
    assert [entry.title for entry in found] == ["new", "old", "undated"]
    assert found[0].published == datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_only_web_links_are_kept(tmp_path: Path) -> None:
    links = ["javascript:alert(1)", "data:text/html,x", "https://news.example.org/1"]
    found = rows(tmp_path, *(f"<item><title>t</title><link>{link}</link></item>" for link in links))
    assert [entry.link for entry in found] == ["", "", "https://news.example.org/1"]


def test_summaries_are_plain_and_short(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        "<item><title>t</title><description>&lt;script&gt;x()&lt;/script&gt;&lt;p&gt;a&lt;br/&gt;b&lt;/p&gt;</description></item>",
        f"<item><title>t</title><description>{'long ' * 500}</description></item>",
    )
    assert found[0].summary == "a b"
    assert len(found[1].summary) == 500


def test_a_body_that_is_a_path_is_not_opened(tmp_path: Path) -> None:
    secret, file = tmp_path / "secret.xml", tmp_path / "body"
    secret.write_text('<rss version="2.0"><channel><item><title>secret</title></item></channel></rss>')
    file.write_text(str(secret))
    config = Rss.Config.model_validate({"source": "https://news.example.org/rss"})
    with pytest.raises(SourceError, match="is not a feed"):
        Rss("news", config, NOW).extract(Fetched("https://news.example.org/rss", file=file, status=200))


@pytest.mark.parametrize(
    ("text", "word", "has"),
    [
        ("An Outage today", "outage", True),
        ("outages", "outage", False),
        ("Störung!", "störung", True),
        ("scheduled down-time", "down-time", True),
        ("c++ (new)", "c++", True),
    ],
)
def test_alarm_words_are_whole_words(tmp_path: Path, text: str, word: str, has: bool) -> None:
    [entry] = rows(tmp_path, f"<item><title>{text}</title></item>", alarm_words=[word])
    assert entry.alarm == (word if has else None)
    assert entry.alarm is None or entry.alarm.status == 0.5


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("1795632646", datetime(2026, 11, 25, 18, 50, 46, tzinfo=UTC)),
        ("Wed, 25 Nov 2026 19:50:46 CET", datetime(2026, 11, 25, 18, 50, 46, tzinfo=UTC)),
        ("Wed, 25 Nov 2026 19:50:46 MEZ", datetime(2026, 11, 25, 18, 50, 46, tzinfo=UTC)),
        ("Wed, 25 Nov 2026 19:50:46 CEST", datetime(2026, 11, 25, 17, 50, 46, tzinfo=UTC)),
        ("Wed, 25 Nov 2026 19:50:46 GMT", datetime(2026, 11, 25, 19, 50, 46, tzinfo=UTC)),
    ],
)
def test_a_date_with_a_zone_of_europe_or_in_seconds_is_the_right_moment(
    tmp_path: Path, written: str, moment: datetime
) -> None:
    [entry] = rows(tmp_path, f"<item><title>t</title><pubDate>{written}</pubDate></item>")
    assert entry.published == moment


@pytest.mark.parametrize(
    ("charset", "declaration", "content_type"),
    [
        ("utf-16", "", "application/rss+xml"),
        ("cp1252", '<?xml version="1.0" encoding="iso-8859-1"?>', "text/xml"),
        ("cp1252", '<?xml version="1.0" encoding="utf-8"?>', "text/xml; charset=iso-8859-1"),
        ("utf-8", "", "text/html"),
        ("cp1252", "", ""),  # which nothing says
    ],
)
def test_a_feed_is_read_by_the_charset_that_any_text_is_read_by(
    tmp_path: Path, charset: str, declaration: str, content_type: str
) -> None:
    file = tmp_path / "feed.xml"
    text = f'{declaration}<rss version="2.0"><channel><title>N</title><item><title>läuft</title></item></channel></rss>'
    file.write_bytes(text.encode(charset))
    config = Rss.Config.model_validate({"source": "https://news.example.org/rss"})
    source = Fetched("https://news.example.org/rss", file=file, status=200, content_type=content_type)
    result = Rss("news", config, NOW).extract(source)
    assert [row.title for row in result.rows if isinstance(row, Rss.Entry)] == ["läuft"]
    assert "not well-formed" not in result.sentence
