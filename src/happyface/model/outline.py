"""The outline: what a site consisted of in a run, as plain values.

It is stored once while unchanged, and every run points to its own; so a page of the past shows the categories,
names, limits and columns of that time, even of modules that are long gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import TypeAdapter

from happyface.contract.columns import Table
from happyface.contract.limits import Limits
from happyface.contract.module import Access
from happyface.contract.states import UNKNOWN, Type
from happyface.rating.algorithms import Member
from happyface.rating.category import Verdict, rate_category


@dataclass(frozen=True)
class InstanceOutline:
    """One instance: everything that its information panel shows.

    ``limits`` are the effective ones, by table and column; ``rules`` the rating expressions by level.
    ``sources`` are as pages show them, without secrets.
    """

    name: str
    title: str
    module: str
    category: str
    short_title: str = ""
    type: Type = "rated"
    weight: float = 1.0
    access: Access = "open"
    description: str = ""
    instruction: str = ""
    sources: tuple[str, ...] = ()
    limits: dict[str, dict[str, Limits]] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CategoryOutline:
    """One category, with the names of its instances in order. ``access`` is open, permod or restricted."""

    name: str
    title: str
    type: Type = "rated"
    algorithm: str = "worst"
    access: str = "permod"
    description: str = ""
    instances: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModuleOutline:
    """One module: what it is, and the tables of its instances; '' is the table of its ``Data``."""

    name: str
    doc: str
    tables: dict[str, Table]


@dataclass(frozen=True)
class Outline:
    """The whole site."""

    title: str
    categories: tuple[CategoryOutline, ...]
    instances: tuple[InstanceOutline, ...]
    modules: tuple[ModuleOutline, ...]

    # Outlines never change, so the tables below are made once; pages look up thousands of names.
    @cached_property
    def instance(self) -> dict[str, InstanceOutline]:
        """The instances by name."""
        return {instance.name: instance for instance in self.instances}

    @cached_property
    def category(self) -> dict[str, CategoryOutline]:
        """The categories by name."""
        return {category.name: category for category in self.categories}

    @cached_property
    def module(self) -> dict[str, ModuleOutline]:
        """The modules by name."""
        return {module.name: module for module in self.modules}

    def members(self, category: str, verdicts: Mapping[str, Verdict]) -> list[Member]:
        """The members of a category, with their verdicts by instance; -1 for those without one."""
        members = []
        for name in self.category[category].instances:
            instance, (status, sentence) = self.instance[name], verdicts.get(name, (UNKNOWN, ""))
            members.append(Member(status, instance.weight, instance.type, instance.short_title, sentence))
        return members

    def rate_category(self, category: str, verdicts: Mapping[str, Verdict]) -> Verdict:
        """The verdict on a category, from those on its instances by name."""
        outline = self.category[category]
        return rate_category(self.members(category, verdicts), outline.type, outline.algorithm)

    @cached_property
    def text(self) -> str:
        """The outline as JSON."""
        # Most settings of most instances are defaults: without them the text is much shorter.
        return _ADAPTER.dump_json(self, exclude_defaults=True).decode()

    @staticmethod
    def load(text: str) -> "Outline":
        """The outline from its JSON."""
        return _ADAPTER.validate_json(text)


# Made once, after the class: an adapter takes milliseconds.
_ADAPTER = TypeAdapter(Outline)


_CATEGORY = "category:"


def category_of(name: str) -> str:
    """The category whose status is meant where a curve's instance is ``category:NAME``; empty for an instance."""
    return name.removeprefix(_CATEGORY) if name.startswith(_CATEGORY) else ""


def status_of_category(name: str) -> str:
    """What stands in an instance's place for the status of a category."""
    return f"{_CATEGORY}{name}"
