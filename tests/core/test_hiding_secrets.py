"""What looks like a secret is shown to nobody; what is harmless stays readable."""

import shlex
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from happyface.contract.masking import is_secret_name, public_address, public_quote, public_text
from happyface.contract.source import Source


@pytest.mark.parametrize(
    "written",
    [
        "command:condor_q -json -name head",
        "command:condor_q -allusers -json -attributes Owner,JobStatus,RequestCpus,ServerTime -pool cm.example.org:9618",
        "command:squeue --format=%i --states=RUNNING,PENDING --noheader",
        "command:curl -s https://example.org/x?site=KIT&page=2",
        "command:curl -sk https://example.org:8443/x -o /dev/stdout --max-time 20",
        "command:ssh -o ConnectTimeout=5 head.example.org qstat -f",
        "command:/usr/lib/nagios/plugins/check_load -r",
        "command:df -k /data",
        "command:ask --from ${now-1d:%Y-%m-%d}",
        "https://example.org:8443/~jane@site?page=2",
        "https://example.org/query?query=up{job=%22ce%22}&time=${now:%H:%M?;}",
        "https://[2001:db8::1]:8443/x",
        "file:/var/log/token.json",
        "file:data/state.json",
    ],
)
def test_what_is_harmless_stays_readable(written: str) -> None:
    assert Source.parse(written).display_url == written.removeprefix("command:").removeprefix("file:")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://jane:pass@word@example.org/x", "https://example.org/x"),
        ("https://example.org/x?token=abc&page=2", "https://example.org/x?token=…&page=2"),
        ("https://example.org/x?page=2&api_key=abc#top", "https://example.org/x?page=2&api_key=…"),
        ("https://example.org/x?key=abc", "https://example.org/x?key=…"),
        ("https://example.org/x?sig=abc;page=2", "https://example.org/x?sig=…"),
        ("https://example.org/x?pw=abc", "https://example.org/x?pw=…"),
        ("https://example.org/x?%70assword=abc", "https://example.org/x?%70assword=…"),
        ("https://example.org/x;jsessionid=abc?page=2", "https://example.org/x;jsessionid=…"),
        ("https://example.org/x#access_token=abc", "https://example.org/x#access_token=…"),
        ("https://example.org/x?next=https%3A%2F%2Fjane%3Aabc%40example.org", "https://example.org/x?next=…"),
        ("https://example.org/x?for={%22password%22:%22abc%22}", "https://example.org/x?for=…"),
        ("https://hooks.example.org/T0/B1/a1b2c3d4e5f6g7h8i9j0", "https://hooks.example.org/T0/B1/…"),
        ("https://example.org/?a1b2c3d4e5f6g7h8i9j0k1", "https://example.org/?…"),
        ("https://example.org/x?token=${env:TOKEN}", "https://example.org/x?token=${env:TOKEN}"),
        ("https://me:${file:a/b}@example.org/${file:c?d#e}", "https://example.org/${file:c?d#e}"),
        ("jane@example.org/x", "…@example.org/x"),
        ("example.org/x?token=abc", "example.org/x?token=…"),
        ("command:curl -u jane:abc https://example.org", "curl -u … https://example.org"),
        ("command:curl -ujane:abc https://example.org", "curl -u… https://example.org"),
        ("command:curl -sSu jane:abc https://example.org", "curl -sSu … https://example.org"),
        ("command:curl --user=jane:abc https://example.org", "curl --user=… https://example.org"),
        ("command:squeue --format=%i --user=alice", "squeue --format=%i --user=…"),
        ("command:curl -H 'Authorization: Bearer abc' https://x.example", "curl -H … https://x.example"),
        ("command:curl -H 'X-Auth-Token: abc'", "curl -H …"),
        ("command:curl --header='Private: abc'", "curl --header=…"),
        ("command:curl -b id=abc --cookie abc", "curl -b … --cookie …"),
        ("command:curl -d password=abc", "curl -d …"),
        ("""command:curl --data '{"password": "abc"}'""", "curl --data …"),
        ("""command:curl --json '{"password": "abc"}' -s""", "curl --json … -s"),
        ("command:curl -u ${env:NAME}:${file:pw}", "curl -u ${env:NAME}…${file:pw}"),
        ("command:curl -H 'Authorization: Bearer ${env:TOKEN}'", "curl -H …${env:TOKEN}"),
        ("command:mysql -pabc -e status", "mysql -p… -e status"),
        ("command:sshpass -p abc ssh jane@head squeue", "sshpass -p … ssh …@head squeue"),
        ("command:env TOKEN=abc ask -json", "env TOKEN=… ask -json"),
        ("command:TOKEN=abc ask", "TOKEN=… ask"),
        ("command:ask --auth-token abc --fast", "ask --auth-token … --fast"),
        ("command:ask -password -abc -json", "ask -password … -json"),
        ("command:ask --password 'an abc with blanks' x", "ask --password … x"),
        ("command:ask password abc", "ask password …"),
        ("command:ask user=a&password=abc&page=2", "ask user=a&password=…&page=2"),
        ("command:curl https://jane:abc@example.org/x", "curl https://example.org/x"),
        ("command:curl -x jane:abc@proxy:3128", "curl -x …@proxy:3128"),
        ("command:ask jane:abc", "ask …"),
        ("command:ask a1b2c3d4e5f6g7h8i9j0k1", "ask …"),
        ("command:sh -c 'echo abc | kinit'", "sh -c …"),
    ],
)
def test_what_looks_like_a_secret_is_not_shown(written: str, shown: str) -> None:
    assert Source.parse(written).display_url == shown


# Each takes a secret, as it would be written there; the second is whatever holds for it.
_WORDS = (
    "curl -u {} x", "curl -u jane:{} x", "curl -ujane:{}", "curl -sSfu {}", "curl --user jane:{}", "curl --user={}",
    "curl -H {}", "curl -H 'Authorization: Bearer '{}", "curl -H'X-Auth-Token: '{}", "curl --header=X-Token:{}",
    "curl -b id={}", "curl --cookie {}", "curl -d {}", "curl -dpassword={}", "curl --data-binary {}", "curl -F a={}",
    "curl -d 'user=a&password='{}", """curl --data '{{"password": "'{}'"}}'""", "curl --oauth2-bearer {} x",
    "curl -s -k -E cert.pem:{} x", "curl --pass {}", "curl --proxy-user a:{}", "curl --post-data={} x",
    "mysql -p{}", "mysql --password={} x", "sshpass -p {} ssh head", "sshpass -p{} ssh head", "ldapsearch -x -w {}",
    "snmpwalk -c {} host", "redis-cli -a {} info", "smbclient -U user%{}", "ask -password {}", "java -Dpassword={} x",
    "env TOKEN={} cmd", "TOKEN={} cmd", "env DB_PASSWORD={} AND=x cmd", "ask --api-key {}", "ask --client-secret={}",
    "ask token {}", "ask Authorization: Bearer {}", "ask Authorization: Basic {}", "ask password = {}",
    "sh -c {}", "sh -c 'echo '{}", "ask -a -u {}", "ask --auth-token --secret {} x", "ask jane:x{}",
)  # fmt: skip
_PARTS = (
    "https://jane:{}@example.org/x", "https://{}@example.org/x?page=2", "jane:{}@example.org", "x.example/?key={}",
    "https://example.org/x?token={}&page=2", "https://example.org/x?page=2&pw={}#top", "https://example.org/?jwt={}",
    "https://example.org/x;jsessionid={}", "https://example.org/x?sig={}", "https://example.org/#access_token={}",
    "https://example.org/x?X-Amz-Signature={}", "https://example.org:x/?password={}", "user=a&password={}",
    "postgresql+psycopg://hf:{}@db/x", "https://example.org/x?a=password%3D{}",
)  # fmt: skip


def _secrets(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Secrets that are recognised by either end, so that no half of one is overlooked."""
    return st.text(alphabet, max_size=12).map(lambda text: f"zQ7z{text}zQ7z")


@given(st.sampled_from(_WORDS), _secrets(st.characters(exclude_categories=["Cs"], exclude_characters="${}")))
def test_no_secret_in_a_command_is_shown(command: str, secret: str) -> None:
    assert "zQ7z" not in public_text(command.format(shlex.quote(secret)))


@given(
    st.sampled_from(_PARTS),
    _secrets(st.characters(min_codepoint=33, max_codepoint=0x2FF)),
    st.sampled_from([lambda address: address, lambda address: f"curl -s {shlex.quote(address)}"]),
)
def test_no_secret_in_an_address_is_shown(address: str, secret: str, placed: Callable[[str], str]) -> None:
    # & and # end a value wherever they are; what is behind them is another's.
    written = address.format(quote(secret, safe="!\"'()*+,/:;<>?@[]\\^`{|}~="))
    assert "zQ7z" not in public_text(placed(written))
    assert "zQ7z" not in public_address(written)


@given(st.text() | st.text("-=:/?&#;@'\" aup{}$\\%"))
def test_whatever_is_masked_once_holds_nothing_to_be_masked(text: str) -> None:
    assert public_address(public_address(text)) == public_address(text)
    assert isinstance(public_text(text), str)


@pytest.mark.parametrize("written", ["curl -u jane:abc 'x", 'curl --data "{abc', "curl -H \\"])
def test_of_a_command_that_cannot_be_split_only_the_program_is_shown(written: str) -> None:
    assert public_text(written) == "curl …"


def test_what_a_command_quotes_of_its_words_is_masked() -> None:
    written = shlex.split("curl -u jane:abcd --max-time 5 -H 'Token: ${env:T}' https://x.example/?pw=efgh")
    said = "5: jane:abcd? Token: ijkl, https://x.example/?pw=efgh nor https://z.example/?key=mnop"
    command = [word.replace("${env:T}", "ijkl") for word in written]
    shown = public_quote(said, command, written)
    assert shown == "5: …? …${env:T}, https://x.example/?pw=… nor https://z.example/?key=…"


_NASTY = [
    "//", "https://a:b", "@", "?token", "token=", ";", "--auth-", "-u ", "a@b:c/", "${env:", "${env:A}", "'", '"', "\\",
    "%40", "a.b-", "=", "a=", "a1", "A", "Aa", "[", "?a=b&", "#", ":", "x ", "\U000f0000", "…", "{", "password=a@"
]  # fmt: skip


@pytest.mark.parametrize("unit", _NASTY)
@pytest.mark.parametrize("mask", [public_text, public_address])
def test_hiding_takes_a_time_that_grows_with_the_text(mask: Callable[[str], str], unit: str) -> None:
    long, short = (_processor_time(mask, unit * (length // len(unit))) for length in (160_000, 20_000))
    # Eight times as long: about 8 if it grows with the length, 64 if with its square.
    assert long < 30 * short + 0.01


def _processor_time(mask: Callable[[str], str], text: str) -> float:
    def once() -> float:
        begun = time.thread_time()
        mask(text)
        return time.thread_time() - begun

    return min(once() for _ in range(3))


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("password", True), ("db_pwd", True), ("apiKey", True), ("access.key", True), ("key", True), ("sig", True),
        ("PHPSESSID", True), ("cookie", True), ("keyword", False), ("monkey", False), ("signal", False),
        ("url", False), ("status_code", False), ("user_agent", False),
    ],
)  # fmt: skip
def test_names_tell_what_holds_a_secret(name: str, is_secret: bool) -> None:
    assert is_secret_name(name) == is_secret
