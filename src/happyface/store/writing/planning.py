"""What a run adds to the store: which outcomes have changed since the run before, and the dataset of each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from happyface.contract.files import File
from happyface.model.results import Outcome


@dataclass(frozen=True)
class Planned:
    """An outcome with its dataset: the last one, a new one, or none.

    ``paths`` are the archive paths of its files, of a new dataset alone.
    """

    outcome: Outcome
    dataset_id: int | None
    digest: bytes
    is_new: bool
    paths: Mapping[File, str] = field(default_factory=dict)

    @property
    def facts(self) -> str:
        """The facts about its sources as JSON; empty unless the dataset is new."""
        if not self.is_new or not self.outcome.facts:
            return ""
        facts = [
            {
                "url": fact.url,
                "size": fact.size,
                "error": fact.error,
                "file": self.paths[self.outcome.kept[position]] if position in self.outcome.kept else "",
            }
            for position, fact in enumerate(self.outcome.facts)
        ]
        return json.dumps(facts, ensure_ascii=False)


_fingerprint = attrgetter("instance", "status", "sentence", "digest")

Fingerprint = tuple[Any, ...]
"""Instance, status, sentence and digest of an outcome: equal to the run before's where nothing has changed."""


def fingerprints_of(outcomes: Sequence[Outcome]) -> list[Fingerprint]:
    """The fingerprints of outcomes; of any that has none, fingerprints that equal nothing for all of them."""
    try:
        return list(map(_fingerprint, outcomes))
    except Exception:  # values of no plain type have no digest; the door will tell
        return [(object(),) for _ in outcomes]


def changed_outcomes(
    outcomes: Sequence[Outcome], fingerprints: Sequence[Fingerprint], before: Sequence[Fingerprint]
) -> Sequence[Outcome]:
    """The outcomes that are not those of the run before."""
    try:
        if fingerprints == before:
            return ()
        if len(fingerprints) == len(before):
            pairs = zip(outcomes, fingerprints, before, strict=True)
            return [outcome for outcome, now, then in pairs if now != then]
        return outcomes
    except Exception:  # a status of no plain type may refuse to be compared; the door will tell
        return outcomes
