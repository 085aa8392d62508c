"""The dialect of HappyFace 3's configuration files, and what is said of what is wrong in them."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from pydantic import BaseModel

from happyface.contract.module import CommonConfig
from happyface.errors import ConfigError, HappyFaceError
from happyface.site import Site, find_site, read_site
from happyface.site.config.problems import Problem
from happyface.site.nesting import nested_settings
from happyface.site.sections import read_sections
from happyface.site.settings import SECTIONS, CategorySettings
from making import MakeSite

URL = "https://example.org/"


def values(text: str, tmp_path: Path) -> dict[str, dict[str, str]]:
    path = tmp_path / "x.cfg"
    path.write_text(text, encoding="utf-8")
    problems: list[Problem] = []
    sections = read_sections([path], tmp_path, problems)
    assert problems == []
    return {
        name: {key: setting.value for key, setting in section.settings.items()} for name, section in sections.items()
    }


def problems_of(root: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_site(root)
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a]\nhost = x\nurl = http://%(host)s/", {"host": "x", "url": "http://x/"}),
        ("[a]\nurl = http://x/a%20b%2f?t=100%", {"url": "http://x/a%20b%2f?t=100%"}),
        ("[a]\none = %(two)s\ntwo = %(three)s!\nthree = 3", {"one": "3!", "two": "3!", "three": "3"}),
        ("[a]\nHost = x\nURL = %(HOST)s", {"host": "x", "url": "x"}),
        ("[a]\nkey = value ; a comment", {"key": "value"}),
        ("[a]\nurl = http://x/;jsessionid=1", {"url": "http://x/;jsessionid=1"}),
        ("[a]\nurl = http://x/#part", {"url": "http://x/#part"}),
        ("; comment\n# comment\n[a]\n; comment\nkey = 1", {"key": "1"}),
        ("[a]\nkey: 1", {"key": "1"}),
        ("[a]\nkey = one\n  two\n  three", {"key": "one\ntwo\nthree"}),
        ("[a]\nkey =", {"key": ""}),
        ("[a]\nquery.load = up == 1", {"query.load": "up == 1"}),
        ("\ufeff[a]\nkey = ä", {"key": "ä"}),
    ],
)
def test_is_read_as_happyface_3_did(text: str, found: dict[str, str], tmp_path: Path) -> None:
    assert values(text, tmp_path) == {"a": found}


def test_defaults_are_filled_in_and_inherited(make_site: MakeSite) -> None:
    root = make_site(
        instances=f"""
        [DEFAULT]
        host = example.org
        description = about %(host)s
        weight = 3
        [a]
        module = probe
        source = https://%(host)s/a
        [b]
        module = probe
        source = {URL}
        weight = 1
        """,
        members="a, b",
    )
    site = read_site(root)
    a, b = site.instances["a"].config, site.instances["b"].config
    assert (a.weight, a.description, b.weight) == (3, "about example.org", 1)
    assert site.outline.instance["a"].sources == ("https://example.org/a",)


def test_a_fill_in_that_is_not_there_or_fills_in_itself_is_told(make_site: MakeSite) -> None:
    root = make_site(
        instances="""\
        [a]
        module = probe
        host = x
        source = https://%(hots)s/
        [b]
        module = probe
        source = %(source)s
        """,
        members="a, b",
    )
    problems = problems_of(root)
    where = "config/modules-enabled/instances.cfg"
    assert f"{where}:4: [a] source: %(hots)s: there is no 'hots' in this section; did you mean 'host'?" in problems
    assert f"{where}:7: [b] source: %(source)s fills in itself" in problems


def test_later_files_override_earlier_ones(make_site: MakeSite) -> None:
    root = make_site(
        {
            "config/happyface.cfg": "[template]\nweb_title = first\nlogo_img = a.svg\n",
            "config/local.cfg": "[template]\nweb_title = second\n",
            "config/modules-enabled/10.cfg": f"[a]\nmodule = probe\nsource = {URL}\nweight = 1\nname = A\n",
            "config/modules-enabled/20.cfg": "[a]\nweight = 2\n",
            "config/categories-enabled/10.cfg": "[all]\nname = One\nmodules = a\n",
            "config/categories-enabled/20.cfg": "[all]\nname = Two\n",
        }
    )
    (root / "config/categories-enabled/categories.cfg").unlink()
    site = read_site(root)
    assert site.settings.template.web_title == "second"
    assert site.settings.template.logo_img == "a.svg"
    assert (site.instances["a"].config.weight, site.instances["a"].config.name) == (2, "A")
    assert site.outline.category["all"].title == "Two"


def test_categories_come_in_the_order_that_the_site_wants(make_site: MakeSite) -> None:
    categories = "[one]\n[two]\n[three]\n"
    assert [category.name for category in read_site(make_site(categories=categories)).categories] == [
        "one",
        "two",
        "three",
    ]
    root = make_site(categories=categories, site="[happyface]\ncategories = three, one")
    assert [category.name for category in read_site(root).categories] == ["three", "one"]


def test_dotted_keys_make_dictionaries_and_options_of_sources(make_site: MakeSite) -> None:
    code = """
    from happyface import Module, Source, Duration
    class Many(Module):
        class Config(Module.Config):
            url: dict[str, Source]
            label: dict[str, str] = {}
            tags: list[str] = []
    """
    root = make_site(
        instances="""
        [a]
        module = many
        url.Web = https://example.org/web
        url.web.timeout = 5m
        url.web.header.accept = text/html
        url.www.example.org = https://www.example.org/
        label.web = The web
        tags = one, two
            three
        """,
        modules={"many": code},
        members="a",
    )
    instance = read_site(root).instances["a"]
    url = instance.sources["url"]
    assert url["web"].timeout == 300
    assert url["web"].header == {"accept": "text/html"}
    assert url["www.example.org"].target == "https://www.example.org/"
    made = Many.model_validate(nested_settings(Many, {key: instance.values[key] for key in ("label.web", "tags")}))
    assert made.label == {"web": "The web"}
    assert made.tags == ["one", "two", "three"]


class Many(BaseModel):
    label: dict[str, str]
    tags: list[str]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "both|--no-check-certificate|https://example.org/a|b",
            {"kind": "http", "target": "https://example.org/a|b", "verify": False},
        ),
        (
            "global|--timeout=7 -t 3 --header='Accept: text/xml' -q|http://example.org/",
            {"timeout": 7.0, "retries": 2, "header": {"accept": "text/xml"}},
        ),
        ("local||/var/log/x", {"kind": "file", "target": "/var/log/x"}),
        ("|--http-user=me --http-password=pw|http://example.org/", {"user": "me", "password": "pw"}),
        ("file:///var/log/x", {"kind": "file", "target": "/var/log/x"}),
        ("file:data.json", {"kind": "file", "target": "data.json"}),
        ("data.json", {"kind": "file", "target": "data.json"}),
        ("command:condor_q -json", {"kind": "command", "target": "condor_q -json"}),
        ("HTTPS://example.org/", {"kind": "http"}),
        ("https://[::1]:8080/x", {"kind": "http", "target": "https://[::1]:8080/x"}),
    ],
)
def test_sources_are_read(text: str, expected: dict[str, object], make_site: MakeSite) -> None:
    root = make_site(instances=f"[a]\nmodule = probe\nsource = {text}", members="a")
    source = read_site(root).instances["a"].sources["source"].model_dump()
    assert {key: source[key] for key in expected} == expected


INSTANCE = f"[a]\nmodule = probe\nsource = {URL}\n"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"site": "[hapyface]\n"},
            r"happyface\.cfg:1: unknown section \[hapyface\]; did you mean 'happyface'\?",
        ),
        (
            {"site": "[template]\nweb_titel = x\n"},
            r"happyface\.cfg:2: \[template\] web_titel: unknown key; did you mean 'web_title'\?",
        ),
        (
            {"site": "[downloadservice]\ntimeout = soon\n"},
            r"happyface\.cfg:2: \[downloadservice\] timeout: 'soon' is not a duration such as 90, 15m or 2h",
        ),
        (
            {"site": "[downloadService]\ntimeout = -5\n"},
            r"happyface\.cfg:2: \[downloadService\] timeout: '-5': it must be greater than 0",
        ),
        (
            {"site": "[downloadService]\ntimeout = 1e999\n"},
            r"timeout: '1e999' is not a duration such as 90, 15m or 2h",
        ),
        (
            {"site": "[downloadService]\nconnections = many\n"},
            r"happyface\.cfg:2: \[downloadService\] connections: 'many' is not a whole number",
        ),
        (
            {"site": "[acquisition]\nmemory_limit = 1 parsec\n"},
            r"memory_limit: '1 parsec' is not a size such as 10 GB",
        ),
        (
            {"site": "[happyface]\ntimezone = Europe/Atlantis\n"},
            r"happyface\.cfg:2: \[happyface\] timezone: 'Europe/Atlantis' is not a time zone such as Europe/Berlin",
        ),
        (
            {"site": "[happyface]\nstale_data_threshold_minutes = nan\n"},
            r"stale_data_threshold_minutes: 'nan': it must be a finite number",
        ),
        (
            {"site": "[upload]\nenabled = perhaps\n"},
            r"happyface\.cfg:2: \[upload\] enabled: 'perhaps' is not yes or no",
        ),
        (
            {"site": "[happyface]\ncategories = al\n"},
            r"there is no category 'al'; did you mean 'all'\?",
        ),
        (
            {"site": "[database]\nurl = nothing at all\n"},
            r"happyface\.cfg:2: \[database\] url: 'nothing at all' is not an address such as",
        ),
        (
            {"site": "[database]\nurl = postgresql://x/${env:NOT_SET_ANYWHERE}\n"},
            r"\[database\] url: the environment variable NOT_SET_ANYWHERE is not set",
        ),
        (
            {"categories": "[all]\nmodules = a, b\n"},
            r"categories\.cfg:2: \[all\] modules: there is no instance 'b'; there are a",
        ),
        (
            {"categories": "[one]\nmodules = a\n[two]\nmodules = a\n"},
            r"categories\.cfg:4: \[two\] modules: the instance 'a' is in the category 'one' already",
        ),
        (
            {"categories": "[all]\nalgorithm = worse\nmodules = a\n"},
            r"categories\.cfg:2: \[all\] algorithm: there is no algorithm 'worse'; did you mean 'worst'\?",
        ),
        (
            {"categories": "[all]\nalgorithm = at_least(0)\nmodules = a\n"},
            r"algorithm: at_least\(N\) needs a number of 1 or more",
        ),
        (
            {"categories": "[all]\ntype = ratd\nmodules = a\n"},
            r"categories\.cfg:2: \[all\] type: 'ratd' is not one of rated, unrated, plots; did you mean 'rated'\?",
        ),
        (
            {"categories": "[a b]\nmodules = a\n"},
            r"categories\.cfg:1: \[a b\]: a name is of letters, digits, '_', '-' and '.', at most 100",
        ),
        (
            {"instances": f"[a/b]\nmodule = probe\nsource = {URL}\n"},
            r"instances\.cfg:1: \[a/b\]: a name is of letters, digits",
        ),
        (
            {"instances": "[a]\nsource = x\n"},
            r"instances\.cfg:1: \[a\] needs a 'module'; there are .*probe",
        ),
        (
            {"instances": "[a]\nmodule = prob\n"},
            r"instances\.cfg:2: \[a\] module: there is no module 'prob'; did you mean 'probe'\?",
        ),
        (
            {"instances": "[a]\nmodule = probe\n"},
            r"instances\.cfg:1: \[a\] needs a 'source'",
        ),
        (
            {"instances": INSTANCE + "wieght = 1\n"},
            r"instances\.cfg:4: \[a\] wieght: unknown key; did you mean 'weight'\?",
        ),
        (
            {"instances": INSTANCE + "source.timeuot = 1\n"},
            r"instances\.cfg:4: \[a\] source\.timeuot: unknown key; did you mean 'timeout'\?",
        ),
        (
            {"instances": INSTANCE + "name.x = 1\n"},
            r"instances\.cfg:4: \[a\] name\.x: unknown key; 'name' takes no '\.': write 'name = …'",
        ),
        (
            {"instances": INSTANCE + "weight = heavy\n"},
            r"instances\.cfg:4: \[a\] weight: 'heavy' is not a number",
        ),
        (
            {"instances": INSTANCE + "weight = nan\n"},
            r"instances\.cfg:4: \[a\] weight: 'nan': it must be a finite number",
        ),
        (
            {"instances": INSTANCE + "weight = -1\n"},
            r"instances\.cfg:4: \[a\] weight: '-1': it must be greater than or equal to 0",
        ),
        (
            {"instances": INSTANCE + "access = member\n"},
            r"instances\.cfg:4: \[a\] access: 'member' is not one of open, restricted",
        ),
        (
            {"instances": INSTANCE + "limits.value = warnin > 3\n"},
            r"instances\.cfg:4: \[a\] limits\.value: 'warnin > 3' is not a limit; write for example",
        ),
        (
            {"instances": INSTANCE + "limits.vlaue = warning > 3\n"},
            r"instances\.cfg:4: \[a\] limits\.vlaue: there is no column 'vlaue'; did you mean 'value'\?",
        ),
        (
            {"instances": INSTANCE + "limits.value = warning > 3 GB\n"},
            r"instances\.cfg:4: \[a\] limits\.value: '3 GB' is not a number",
        ),
        (
            {"instances": INSTANCE + "warning = vlaue > 3\n"},
            r"instances\.cfg:4: \[a\] warning: there is no column 'vlaue'; did you mean 'value'\?",
        ),
        (
            {"instances": INSTANCE + "critical = value >\n"},
            r"instances\.cfg:4: \[a\] critical: 'value >' is not an expression: invalid syntax",
        ),
        (
            {"instances": "[a]\nmodule = probe\nsource = http://\n"},
            r"instances\.cfg:3: \[a\] source: 'http://' is not an address such as https://example\.org/status\.json",
        ),
        (
            {"instances": "[a]\nmodule = probe\nsource = http://example.org:port/\n"},
            r"instances\.cfg:3: \[a\] source: 'http://example\.org:…/' is not an address",
        ),
        (
            {"instances": "[a]\nmodule = probe\nsource = gopher://example.org/\n"},
            r"instances\.cfg:3: \[a\] source: 'gopher:' is not supported",
        ),
        (
            {"instances": "[a]\nmodule = probe\nsource = command:echo 'x\n"},
            r"instances\.cfg:3: \[a\] source: the command 'echo …' cannot be read: No closing quotation",
        ),
        (
            {"instances": "[a]\nmodule = probe\nsource = both|--frobnicate|http://example.org/\n"},
            r"instances\.cfg:3: \[a\] source: the download option '--frobnicate' is not understood",
        ),
        (
            {"instances": "[a]\nmodule = probe\nsource =\n"},
            r"instances\.cfg:3: \[a\] source: a source is an address, a file or a command; this one is empty",
        ),
        (
            {"instances": "[a]\nmodule = probe\nsource = http://x/?t=${file:no/such}\n"},
            r"instances\.cfg:3: \[a\] source: the secret file no/such cannot be read: No such file or directory",
        ),
        (
            {"instances": INSTANCE + "source.timeout = 0\n"},
            r"instances\.cfg:4: \[a\] source\.timeout: '0': it must be greater than 0",
        ),
        (
            {"instances": "key = 1\n[a]\n"},
            r"instances\.cfg:1: expected a \[section\] before “key = …”",
        ),
        (
            {"instances": INSTANCE + "what is this\n"},
            r"instances\.cfg:4: expected 'key = value', found “what is this”",
        ),
        (
            {"instances": INSTANCE + "weight = 1\nweight = 2\n"},
            r"instances\.cfg:5: \[a\] has another 'weight' above it",
        ),
        (
            {"instances": INSTANCE + "[b]\nmodule = probe\n[a]\nweight = 2\n"},
            r"instances\.cfg:6: there is another section \[a\] above it",
        ),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_nearest_spelling(
    given: dict[str, str], sentence: str, make_site: MakeSite
) -> None:
    root = make_site(**({"instances": INSTANCE, "members": "a"} | given))
    problems = problems_of(root)
    assert [problem for problem in problems if re.search(sentence, problem)], problems


def test_everything_that_is_wrong_is_told_in_one_go(make_site: MakeSite) -> None:
    root = make_site(
        {"config/broken.cfg": "no section here\n"},
        site="[happyface]\ntimezone = Mars\nreload_interval = now\n[unknown]\n",
        categories="[all]\nmodules = a, b, missing\nalgorithm = magic\n[all]\n[all]\n",
        instances="""\
        [a]
        module = probe
        weight = x
        weight = y
        type = z
        [b]
        module = nothing
        nonsense
        more nonsense
        """,
    )
    problems = "\n".join(problems_of(root))
    for told in (
        "broken.cfg:1: expected a [section]",
        "happyface.cfg:2: [happyface] timezone",
        "happyface.cfg:3: [happyface] reload_interval",
        "happyface.cfg:4: unknown section [unknown]",
        "categories.cfg:2: [all] modules: there is no instance 'missing'",
        "categories.cfg:3: [all] algorithm",
        "categories.cfg:4: there is another section [all]",
        "categories.cfg:5: there is another section [all]",
        "instances.cfg:1: [a] needs a 'source'",
        "instances.cfg:4: [a] has another 'weight'",
        "instances.cfg:4: [a] weight: 'y' is not a number",
        "instances.cfg:5: [a] type: 'z'",
        "instances.cfg:7: [b] module: there is no module 'nothing'",
        "instances.cfg:8: expected 'key = value'",
        "instances.cfg:9: expected 'key = value'",
    ):
        assert told in problems, problems


def test_the_same_mistake_in_many_sections_is_one_sentence_with_its_places(make_site: MakeSite) -> None:
    root = make_site(
        instances="".join(f"[i{n}]\nmodule = probe\nsource = {URL}\nwieght = 1\n" for n in range(3)),
        members="i0, i1, i2",
    )
    file = "config/modules-enabled/instances.cfg"
    assert problems_of(root) == [
        f"{file}:4: [i0] wieght: unknown key; did you mean 'weight'? (the same in [i1] {file}:8, [i2] {file}:12)"
    ]


def test_one_mistake_hides_no_other_of_its_section(make_site: MakeSite) -> None:
    root = make_site(
        site="[happyface]\ntimezone = Mars\ncategories = nope\n[database]\nurl = postgres://u@h/d\n",
        categories="[all]\ntype = ratd\nmodules = a, missing\nalgorithm = worse\n",
        instances=f"""\
        [a]
        module = probe
        source = {URL}?t=${{file:no/such}}
        weight = x
        limits.value = warnin > 3
        limits.vlaue = warning > 3
        warning = vlaue > 3
        critical = value >
        [b]
        module = nothing
        weight = y
        """,
    )
    problems = "\n".join(problems_of(root))
    for told in (
        "[happyface] timezone",
        "there is no category 'nope'",
        "[database] url: there is no kind of database 'postgres'",
        "[all] type",
        "there is no instance 'missing'",
        "there is no algorithm 'worse'",
        "instances.cfg:3: [a] source: the secret file no/such",
        "instances.cfg:4: [a] weight",
        "instances.cfg:5: [a] limits.value",
        "instances.cfg:6: [a] limits.vlaue",
        "instances.cfg:7: [a] warning",
        "instances.cfg:8: [a] critical",
        "instances.cfg:10: [b] module",
        "instances.cfg:11: [b] weight",
    ):
        assert told in problems, problems


def test_an_indented_key_is_told(make_site: MakeSite) -> None:
    root = make_site(instances=INSTANCE + "name = A\n    weight = 3\n", members="a")
    (problem,) = problems_of(root)
    assert "instances.cfg:5: [a] weight: it is indented, and so a part of 'name' above it" in problem
    # A section may be indented as a whole, and a value may go on with what is no key.
    root = make_site(instances=f"[a]\n  module = probe\n  source = {URL}\n  instruction = see:\n    x == 3\n")
    (root / "config/categories-enabled/categories.cfg").write_text("[all]\n  modules = a\n")
    assert read_site(root).instances["a"].config.instruction == "see:\nx == 3"


@pytest.mark.parametrize(
    ("line", "value"), [("weight = 2 # two", "weight"), (f"source.ca = x\nsource.timeout = 5 {chr(35)} s", "timeout")]
)
def test_a_comment_that_is_none_is_told(line: str, value: str, make_site: MakeSite) -> None:
    problems = problems_of(make_site(instances=f"{INSTANCE}{line}\n", members="a"))
    assert [
        problem for problem in problems if value in problem and "a comment behind a value begins with ' ;'" in problem
    ]


def test_values_that_grow_and_grow_are_told_at_once(make_site: MakeSite) -> None:
    bombs = "k0 = xxxxxxxxxx\n" + "".join(f"k{n} = {f'%(k{n - 1})s' * 10}\n" for n in range(1, 12))
    root = make_site(instances=f"[DEFAULT]\n{bombs}{INSTANCE}name = %(k11)s\n", members="a")
    assert any("makes it longer than 100000 letters" in problem for problem in problems_of(root))


def test_a_site_of_happyface_3_is_read_and_what_has_no_effect_is_told(make_site: MakeSite) -> None:
    root = make_site(
        site="""\
        [happyface]
        reload_interval = 15
        categories = all
        [paths]
        happyface_url = /
        static_dir = static
        static_url = %(happyface_url)sstatic
        archive_dir = %(static_dir)s/archive
        tmp_dir = %(static_dir)s/tmp
        hf_template_dir = templates
        [template]
        logo_img = /images/default_logo.jpg
        [downloadService]
        timeout = 300
        global_options =
        [plotgenerator]
        enabled = False
        backend = agg
        [upload]
        enabled = False
        auth_method = digest
        realm = HappyFace Upload
        [global]
        server.socket_host: "0.0.0.0"
        tools.encode.on: True
        """,
        instances="""\
        [DEFAULT]
        monitor = https://monitor.example.org
        [a]
        module = probe
        instruction = First line
            second line ; the rest of this line
        source = %(monitor)s/portal%%20page
        """,
        members="a",
    )
    site = read_site(root)
    assert site.settings.happyface.reload_interval == 15 * 60
    assert site.settings.paths.archive_dir == "static/archive"
    assert site.instances["a"].sources["source"].target == "https://monitor.example.org/portal%20page"
    assert site.instances["a"].config.instruction == "First line\nsecond line ; the rest of this line"
    notes = "\n".join(site.notes)
    for key in ("static_dir", "tmp_dir", "global_options", "backend", "auth_method, realm", "server.socket_host"):
        assert key in notes
    assert "[plotgenerator]: backend is a key of HappyFace 3 without effect here" in notes


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgres://USER@127.0.0.1/DB", "there is no kind of database 'postgres'"),
        ("mysql://u@127.0.0.1/x", "the driver of 'mysql' is not installed"),
        ("sqlite://", "it names no file"),
        ("postgresql+psycopg://hf:hunter@secret@127.0.0.1/db", "written %40"),
        ("postgresql+psycopg://hf:hunter@secret@127.0.0.1:x/db", "not an address|written %40"),
        ("hunter@secret", "not an address"),
    ],
)
def test_a_database_that_cannot_be_opened_is_told_without_its_password(
    address: str, sentence: str, make_site: MakeSite
) -> None:
    problems = problems_of(make_site(site=f"[database]\nurl = {address}\n"))
    assert [
        problem for problem in problems if re.search(rf"happyface\.cfg:2: \[database\] url: .*({sentence})", problem)
    ]
    if "://" in address:
        assert "hunter" not in "".join(problems)
        assert "secret" not in "".join(problems)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("paths", "archive_dir", "/dev/null"),
        ("paths", "archive_dir", "/dev/null/x"),
        ("paths", "archive_dir", ""),
        ("paths", "happyface_url", "//evil.org"),
        ("paths", "happyface_url", "/\\evil.org"),
        ("paths", "happyface_url", "javascript:x"),
        ("paths", "happyface_url", "happyface"),
        ("template", "documentation_url", "//evil.org"),
        ("template", "documentation_url", "javascript:x"),
    ],
)
def test_addresses_and_directories_that_cannot_be_meant_are_told(
    section: str, key: str, value: str, make_site: MakeSite
) -> None:
    problems = problems_of(make_site(site=f"[{section}]\n{key} = {value}\n"))
    assert [problem for problem in problems if f"[{section}] {key}: " in problem]


@pytest.mark.parametrize("value", ["", "/", "/happyface", "/a/b", "https://monitor.example.org/happy"])
def test_where_the_page_is_may_be_a_path_or_an_address(value: str, make_site: MakeSite) -> None:
    assert read_site(make_site(site=f"[paths]\nhappyface_url = {value}\n")).settings.paths.happyface_url == value


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("source = file:", "'file:' names no file"),
        ("source = file://", "'file://' names no file"),
        ("source = command:a && b", "'&&' means nothing without a shell"),
        ("source = command:a <<EOF", "'<<' means nothing without a shell"),
        ("source = command:a 2>/dev/null", "'2>' means nothing without a shell"),
        (f"source = {URL}\nsource.header.x y = 1", "'x y' is not the name of a header"),
        (f"source = {URL}\nsource.header.x = 1\n  2", "the header 'x' is of more than one line"),
        ("source = https://me:hunter 2@example.org/", "'https://…@example.org/' is not an address"),
        ("source = https://me:hunter/2@example.org/", "'https://…@example.org/' is not an address"),
        ("source = https://me:hunter@2@example.org:x/", "'https://…@example.org:x/' is not an address"),
        ("source = command:curl -u me:hunter 'x", "the command 'curl …' cannot be read"),
    ],
)
def test_a_source_that_cannot_be_meant_is_told_without_its_password(
    lines: str, sentence: str, make_site: MakeSite
) -> None:
    problems = problems_of(make_site(instances=f"[a]\nmodule = probe\n{lines}\n", members="a"))
    assert [problem for problem in problems if sentence in problem], problems
    assert "hunter" not in "".join(problems)


def test_a_sign_of_a_shell_may_be_an_argument_when_it_is_quoted(make_site: MakeSite) -> None:
    root = make_site(instances="[a]\nmodule = probe\nsource = command:grep -c '|' \"&&\" x\n", members="a")
    assert read_site(root).instances["a"].sources["source"].target


def test_a_secret_in_a_setting_of_the_modules_own_is_looked_for(make_site: MakeSite) -> None:
    code = """
    from happyface import Module
    class Own(Module):
        class Config(Module.Config):
            login: str = ""
    """
    root = make_site(
        instances="[a]\nmodule = own\nlogin = ${env:NOT_SET_ANYWHERE}\ndescription = write ${env:NAME}\n",
        modules={"own": code},
        members="a",
    )
    assert problems_of(root) == [
        "config/modules-enabled/instances.cfg:3: [a] login: the environment variable NOT_SET_ANYWHERE is not set"
    ]


def test_a_file_that_is_not_utf8_is_told(make_site: MakeSite) -> None:
    root = make_site()
    (root / "config/modules-enabled/latin.cfg").write_bytes("[ä]".encode("latin-1"))
    assert any(
        problem.startswith("config/modules-enabled/latin.cfg: cannot be read: it is not UTF-8")
        for problem in problems_of(root)
    )


def test_a_link_to_nowhere_is_told(make_site: MakeSite) -> None:
    root = make_site()
    (root / "config/modules-enabled/gone.cfg").symlink_to(root / "nowhere.cfg")
    assert "config/modules-enabled/gone.cfg: cannot be read: No such file or directory" in problems_of(root)


def test_an_instance_described_by_two_modules_is_told(make_site: MakeSite) -> None:
    root = make_site({"config/modules-enabled/other.cfg": "[a]\nmodule = host\n"}, instances=INSTANCE, members="a")
    assert (
        "config/modules-enabled/other.cfg:1: there is another [a], of module probe, at "
        "config/modules-enabled/instances.cfg:2; an instance's name must be unique"
    ) in problems_of(root)


def test_lines_are_right_behind_odd_characters(make_site: MakeSite) -> None:
    root = make_site(instances=f"; a form feed \x0c and \u2028 a separator\n{INSTANCE}weight = x\n", members="a")
    assert problems_of(root) == ["config/modules-enabled/instances.cfg:5: [a] weight: 'x' is not a number"]


def test_a_missing_site_is_told(tmp_path: Path) -> None:
    with pytest.raises(HappyFaceError, match=r"There is no directory .*'happyface init .*' makes a site there"):
        find_site(tmp_path / "nowhere")


def test_a_directory_that_is_no_site_is_told(tmp_path: Path) -> None:
    with pytest.raises(HappyFaceError, match="is not a site: it has no config directory"):
        find_site(tmp_path)


def test_an_empty_site_is_told(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    assert problems_of(find_site(tmp_path)) == [
        f"{tmp_path}: there are no categories; describe them in config/categories-enabled/*.cfg"
    ]


@pytest.mark.parametrize("closed", ["", "config", "config/modules-enabled"])
def test_an_unreadable_site_is_told(
    closed: str, make_site: MakeSite, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    root = make_site(instances=INSTANCE, members="a")
    (root / closed).chmod(0)
    with as_nobody(), pytest.raises(HappyFaceError, match=f"{root / closed} cannot be read: Permission denied"):
        read_site(find_site(root))


def test_the_site_is_found_by_the_environment_and_the_current_directory(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_site()
    monkeypatch.setenv("HAPPYFACE_SITE", str(root))
    assert find_site(None) == root
    monkeypatch.delenv("HAPPYFACE_SITE")
    monkeypatch.chdir(root)
    assert find_site(None) == root


def test_an_instance_in_no_category_is_noted_and_stops_nothing(make_site: MakeSite) -> None:
    site = read_site(make_site(instances=INSTANCE + f"[b]\nmodule = probe\nsource = {URL}\n", members="a"))
    assert list(site.instances) == ["a"]
    assert site.notes == (
        "config/modules-enabled/instances.cfg:4: [b] is in no category, so it is not acquired; "
        "add it to the modules of one",
    )


def test_secrets_are_not_in_what_is_shown(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    root = make_site(
        {"password.txt": "swordfish\n"},
        instances="""
        [a]
        module = probe
        source = https://me:${file:password.txt}@example.org/?token=${env:TOKEN}
        source.password = ${env:TOKEN}
        source.user = me
        source.header.authorization = Bearer ${env:TOKEN}
        """,
        members="a",
    )
    site = read_site(root)
    told = site.outline.text + repr(site.instances) + repr(site.settings)
    assert "hunter2" not in told
    assert "swordfish" not in told
    assert site.outline.instance["a"].sources == ("https://example.org/?token=${env:TOKEN}",)


def test_a_database_address_may_hold_secrets_and_is_relative_to_the_site(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSWORD", "hunter2")
    site = read_site(make_site(site="[database]\nurl = postgresql+psycopg://me:${env:PASSWORD}@db/x\n"))
    assert site.database_url == "postgresql+psycopg://me:hunter2@db/x"
    site = read_site(make_site())
    assert site.database_url == f"sqlite:///{site.root}/data/happyface.db"


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_and_key_is_described(name: str) -> None:
    assert SECTIONS[name].__doc__
    assert not [key for key, info in SECTIONS[name].model_fields.items() if not info.description]


@pytest.mark.parametrize("declaration", [CategorySettings, CommonConfig])
def test_every_common_setting_is_described(declaration: type[CommonConfig]) -> None:
    assert not [key for key, info in declaration.model_fields.items() if not info.description]


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return read_site(make_site())


def test_a_site_without_a_zone_uses_the_machines(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert site.zone.key == "Asia/Tokyo"
