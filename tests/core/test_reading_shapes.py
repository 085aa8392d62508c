"""``Fetched.json(shape)``: what is not as expected is told with its place, and the source is blamed."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from happyface import Fetched, SourceError


class Pool(BaseModel):
    name: str
    total: float


class Answer(BaseModel):
    pools: list[Pool]


def fetched(tmp_path: Path, body: str, error: str = "") -> Fetched:
    file = tmp_path / "body"
    file.write_text(body)
    return Fetched("http://x.example/", error, file)


def test_an_answer_of_the_expected_shape_is_read(tmp_path: Path) -> None:
    source = fetched(tmp_path, '{"pools": [{"name": "a", "total": "5", "more": 1}]}')
    assert source.json(Answer).pools[0].total == 5


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"pools": [{"name": "a", "total": 1}, {"name": "b"}]}', "there is no 'total' in pools[1]"),
        ("{}", "there is no 'pools'"),
        ('{"pools": [{"name": "a", "total": "much"}]}', "pools[0].total: it should be a valid number"),
        ('{"pools": 3}', "pools: it should be a valid list"),
        ("[]", "the whole: it should be a valid dictionary"),
        ('{"pools": [{}]}', "there is no 'name' in pools[0] (and 1 more)"),
    ],
)
def test_what_is_not_as_expected_is_told_with_its_place(tmp_path: Path, body: str, sentence: str) -> None:
    with pytest.raises(SourceError) as raised:
        fetched(tmp_path, body).json(Answer)
    assert str(raised.value).startswith(f"http://x.example/ is not as expected: {sentence}")


def test_the_body_of_a_refusal_can_be_read(tmp_path: Path) -> None:
    source = fetched(tmp_path, '{"reason": "no token"}', "The source answered 403 Forbidden.")
    with pytest.raises(SourceError, match="403"):
        source.json()
    assert source.ignoring_error().json() == {"reason": "no token"}
    nothing = Fetched("http://x.example/", "The source could not be reached.")
    with pytest.raises(SourceError, match="could not be reached"):
        nothing.ignoring_error().json()
