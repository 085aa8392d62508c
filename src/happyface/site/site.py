"""A site, read and valid: its settings, its categories, its instances."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from happyface.contract import module as contract
from happyface.contract.declaration import Declaration
from happyface.contract.source import flat_sources
from happyface.model.outline import CategoryOutline, InstanceOutline, ModuleOutline, Outline
from happyface.rating.rules import rules_of
from happyface.site.modules import FoundModule
from happyface.site.secrets import resolve
from happyface.site.settings import CategorySettings, SiteSettings
from happyface.site.zones import machine_zone


@dataclass(frozen=True)
class Instance:
    """A module with a configuration and a name.

    Attributes:
        module: where its module is.
        values: its settings as they were written: what a worker builds its ``Config`` from.
        config: those of its settings that all instances have, validated.
        declaration: what its module declares; None when that cannot be used.
        sources: what its configuration names to be fetched, in the shape in which ``extract`` is handed it.
        broken: why its module cannot be used, as a sentence.
    """

    name: str
    module: FoundModule
    values: dict[str, str]
    config: contract.CommonConfig
    declaration: Declaration | None = None
    sources: dict[str, Any] = field(default_factory=dict)
    broken: str = ""


@dataclass(frozen=True)
class Category:
    """A named, ordered group of instances."""

    name: str
    settings: CategorySettings
    instances: tuple[str, ...]


@dataclass(frozen=True)
class Site:
    """One installation, read and valid.

    Attributes:
        instances: those of its categories, by name.
        spare: those that are in no category, and so never acquired.
        notes: what is worth a look but stops nothing: broken modules, instances in no category.
    """

    root: Path
    settings: SiteSettings
    categories: tuple[Category, ...]
    instances: dict[str, Instance]
    modules: dict[str, FoundModule]
    notes: tuple[str, ...] = ()
    spare: dict[str, Instance] = field(default_factory=dict)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown."""
        return ZoneInfo(self.settings.happyface.timezone or machine_zone())

    @property
    def data(self) -> Path:
        """The directory of everything that HappyFace writes."""
        return self.root / "data"

    @property
    def archive(self) -> Path:
        """The directory of archived files."""
        return self.root / self.settings.paths.archive_dir

    @property
    def database_url(self) -> str:
        """The database's address, with secrets filled in and SQLite's path made absolute."""
        url = resolve(self.settings.database.url, self.root)
        scheme, found, path = url.partition(":///")
        # Three slashes are a relative path, which is meant from the site and not from where the command runs.
        if scheme.startswith("sqlite") and found and path and not path.startswith("/"):
            return f"{scheme}:///{self.root / path}"
        return url

    @cached_property
    def outline(self) -> Outline:
        """What the site consists of, as it is stored with each run."""
        used = {
            instance.module.name: instance.declaration for instance in self.instances.values() if instance.declaration
        }
        return Outline(
            self.settings.template.web_title,
            tuple(_category_outline(category) for category in self.categories),
            tuple(
                _instance_outline(self.instances[name], category.name)
                for category in self.categories
                for name in category.instances
            ),
            tuple(
                ModuleOutline(name, declaration.doc, declaration.tables) for name, declaration in sorted(used.items())
            ),
        )


def _category_outline(category: Category) -> CategoryOutline:
    settings = category.settings
    return CategoryOutline(
        category.name,
        settings.name or category.name,
        settings.type,
        settings.algorithm,
        settings.access,
        settings.description,
        category.instances,
    )


def _instance_outline(instance: Instance, category: str) -> InstanceOutline:
    config = instance.config
    rules = rules_of(instance.declaration.tables, config) if instance.declaration else None
    return InstanceOutline(
        instance.name,
        config.name or instance.name,
        instance.module.name,
        category,
        config.short_name or config.name or instance.name,
        config.type,
        config.weight,
        config.access,
        config.description,
        config.instruction,
        tuple(source.display_url for source in flat_sources(instance.sources)),
        {table: dict(limits) for table, limits in rules.limits.items() if limits} if rules else {},
        {level: expression.text for level, expression in rules.expressions.items()} if rules else {},
    )
