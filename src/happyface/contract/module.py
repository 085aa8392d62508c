"""The contract that modules keep: what to fetch, how to read it, how to rate it.

A module is a class with a ``Config`` (its settings), a ``Data`` (its values, one a run), any number of ``Row``
classes (its rows, many a run) and a method ``extract``. The framework does the rest.
"""

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, dataclass_transform

from pydantic import BaseModel, ConfigDict, Field

from happyface.contract import states
from happyface.contract.charts import Chart
from happyface.contract.columns import Cell, Table, column, plain_cells, table_of
from happyface.contract.files import File
from happyface.contract.limits import Limits, parse_limits
from happyface.contract.source import Source
from happyface.contract.states import Type
from happyface.contract.unknown import Unknown
from happyface.errors import ContractError, ModuleError, nearest_or_all

Access = Literal["open", "restricted"]


@dataclass_transform(kw_only_default=True, field_specifiers=(column, Field))  # `column(…)` alone gives no default
class _ValueModel(BaseModel):
    # Assignments are validated, too: an error then points at the line of the module that made it.
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, validate_assignment=True)


class BaseData(_ValueModel):
    """Base of all ``Data``: the values of an instance, one set per run, a typed attribute for each."""


class BaseRow(_ValueModel):
    """Base of all ``Row`` classes: one of many rows of an instance, a typed attribute for each column.

    ``class Pool(Module.Row, key="name", sort="-load", counts=True)``:

    - ``key``: the column that names a row in sentences, in plots, and from run to run;
    - ``sort``: the columns by which the page sorts rows that are equally well, the first one counting most
      (``"enabled, -load"``); largest first with a ``-`` before it;
    - ``counts``: the worst row takes part in the instance's status. Otherwise limits only colour the rows;
    - ``charts``: what the card draws of all rows above their table: ``[Bars("free", "used", stacked=True)]``.
    """

    options: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(
        cls,
        counts: bool | None = None,
        key: str | None = None,
        sort: str | None = None,
        charts: Sequence[Chart] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        given = {"counts": counts, "key": key, "sort": sort, "charts": charts}
        cls.options = cls.options | {name: value for name, value in given.items() if value is not None}

    @classmethod
    def __pydantic_init_subclass__(
        cls,
        counts: bool | None = None,
        key: str | None = None,
        sort: str | None = None,
        charts: Sequence[Chart] | None = None,
        **kwargs: Any,
    ) -> None:  # pydantic hands the class's options to this one as well
        super().__pydantic_init_subclass__(**kwargs)


class CommonConfig(BaseModel):
    """Base of all ``Config`` classes: the settings that every instance has, whatever its module."""

    # A weight of NaN would make the average of its whole category unknown.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field("", description="what the page calls the instance; by default its section's name")
    short_name: str = Field("", description="a shorter name for narrow places")
    description: str = Field("", description="what the instance shows, for a shifter")
    instruction: str = Field("", description="what to do when it is unhappy")
    type: Type = Field("rated", description="rated; unrated (shown, never counted); plots (got it or not)")
    weight: float = Field(1.0, ge=0, description="how much it counts in a category rated by average")
    access: Access = Field("open", description="open, or restricted to members")
    limits: dict[str, str] = Field(
        {}, description="`limits.COLUMN = warning < 0.2, critical < 0.1`, in place of the module's own"
    )
    warning: str = Field("", description="an expression that makes it a warning: `efficiency < 0.8`")
    critical: str = Field("", description="an expression that makes it critical: `queued > 9 and running < 1`")
    may_be_missing: list[str] = Field(
        [],
        description="what may be unknown without making all unknown: columns (`efficiency`, `disk.used_share`), and "
        "names of pools, services, values…, also with `*` and `?`",
    )


@dataclass(frozen=True)
class Previous:
    """What an instance stored last, for an ``extract`` that has an argument ``previous``.

    Attributes:
        time: of the run that stored it, in UTC.
        data: the values of its ``Data`` by name; times are seconds since 1970, files are missing.
        rows: its rows by table, each by the names of its columns.
    """

    time: datetime
    data: Mapping[str, Cell]
    rows: Mapping[str, list[dict[str, Cell]]]


@dataclass(frozen=True, init=False)
class Result:
    """What ``extract`` returns.

    Args:
        data: the ``Data`` of this run, if there is one.
        rows: any number of lists of rows; rows of one class belong together.
        sentence: what a shifter should read; what is at fault is added by the framework.
        status: the module's own rating, in place of the limits, which then neither count nor colour; with -1 the
            sentence explains why nothing is known.
        explained: the sentence names already what is at fault by the limits; nothing is added to it.
        idle: there is nothing to rate, and that is well: fine, with the colours of the limits.
        unknown: what could not be found out.

    Raises:
        happyface.errors.ContractError: an argument is not what it should be.
    """

    data: BaseData | None
    rows: tuple[BaseRow, ...]
    sentence: str
    status: float | None
    explained: bool
    idle: bool
    unknown: Unknown

    def __init__(
        self,
        data: BaseData | None = None,
        *rows: Iterable[BaseRow],
        sentence: str = "",
        status: float | None = None,
        explained: bool = False,
        idle: bool = False,
        unknown: Unknown | None = None,
    ) -> None:
        # The class is frozen so that nothing changes after this check; its own __init__ must go around that.
        _check_result(data, rows, sentence, status)
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "rows", tuple(row for row_list in rows for row in row_list))
        object.__setattr__(self, "sentence", str(sentence))
        object.__setattr__(self, "status", None if status is None else states.plain_status(status))
        object.__setattr__(self, "explained", explained)
        object.__setattr__(self, "idle", idle)
        object.__setattr__(self, "unknown", unknown or Unknown(0))


def _check_result(data: object, rows: Iterable[object], sentence: object, status: object) -> None:
    if data is not None and not isinstance(data, BaseData):
        hint = "; rows come after it: Result(None, rows)" if isinstance(data, list | tuple | BaseRow) else ""
        raise ContractError(f"Result's first argument is the module's Data or None, not {_type_name(data)}{hint}")
    for argument in rows:
        if isinstance(argument, BaseModel | str | Mapping) or not isinstance(argument, Iterable):
            hint = "; put it in a list: Result(data, [row])" if isinstance(argument, BaseRow) else ""
            raise ContractError(f"Result takes lists of rows after the data, not {_type_name(argument)}{hint}")
    if not isinstance(sentence, str):
        raise ContractError(f"Result's sentence is one text, not {_type_name(sentence)}; join several with ' · '")
    try:
        states.plain_status(0 if status is None else status)
    except ValueError as error:
        raise ContractError(f"Result's status: {error}") from error


def _type_name(value: object) -> str:
    """The type of a value with its article, for sentences."""
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


@dataclass(frozen=True)
class DeclaredTables:
    """The tables that a module class declares, read when the class is made.

    Attributes:
        tables: the tables by their names; '' is ``Data``'s.
        rows: the table names of the ``Row`` classes.
    """

    tables: dict[str, Table]
    rows: dict[type[BaseModel], str]


class Module:
    """Base of all modules.

    Attributes:
        instance: the name of the instance.
        config: its settings, validated: an object of the class's ``Config``.
        now: the time of the run, in UTC.
    """

    class Config(CommonConfig):
        """The settings of the module's instances."""

    class Data(BaseData):
        """The values of one run."""

    class Row(BaseRow):
        """One of many rows of a run."""

    declared: ClassVar[DeclaredTables]
    config: Any  # so that a module may declare it as its own Config

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Now and not at the first run: a mistake ends the import, and `check` reports it.
        _check_settings(cls)
        cls.declared = _declared(cls)

    def __init__(self, instance: str, config: Any, now: datetime) -> None:
        self.instance = instance
        self.config = config
        self.now = now

    def sources(self) -> dict[str, Any]:
        """What to fetch, by the names of ``extract``'s arguments: by default the settings that are sources.

        A value is a :class:`Source`, or a list or dictionary of them; ``extract`` is handed the same shape of
        :class:`Fetched`.
        """
        settings = ((name, getattr(self.config, name)) for name in type(self.config).model_fields)
        return {name: value for name, value in settings if _holds_sources(value)}

    def extract(self, *args: Any, **fetched: Any) -> Result:
        """Read what was fetched, and return the values.

        An argument ``previous`` is handed what the instance stored last: a :class:`Previous`, or None.

        Raises:
            SourceError: what was fetched cannot be read; reading a :class:`Fetched` raises it by itself.
        """
        raise ModuleError(f"the module {type(self).__name__} has no method extract")

    def status_of(self, values: BaseModel) -> float:
        """The status that the limits give to one ``Data`` or ``Row``: to count the full pools, say."""
        name = "" if isinstance(values, BaseData) else self.declared.rows[type(values)]
        table = self.declared.tables[name]
        limits = effective_limits(self.declared.tables, self.config.limits)[name]
        now = self.now.timestamp()
        return states.worst(
            cell_status(limits.get(column.name), value, now)
            for column, value in zip(table.columns, plain_cells(values, table), strict=True)
        )


def cell_status(limits: Limits | None, value: Cell | File, now: float) -> float:
    """The status of one value at a moment: its own, if it is a state, and what its limits give to it."""
    if isinstance(value, File):
        return states.UNKNOWN
    found = limits.rate(value, now) if limits else states.UNKNOWN
    return states.worst((found, value.status)) if isinstance(value, states.State) else found


def _holds_sources(value: object) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(member, Source) for member in value)
    return isinstance(value, Source)


def _check_settings(module: type[Module]) -> None:
    """Names that all instances have keep their meaning: a module may change their defaults, not their types."""
    if not issubclass(module.Config, CommonConfig):
        raise ModuleError(f"{module.__qualname__}: write its settings as 'class Config(Module.Config)'")
    for name, info in CommonConfig.model_fields.items():
        own = module.Config.model_fields[name]
        if own.annotation != info.annotation:  # a default of its own is the module's choice
            raise ModuleError(
                f"{module.__qualname__}.Config.{name}: every instance has a setting '{name}' already "
                f"({info.description}); give yours another name"
            )


def _declared(module: type[Module]) -> DeclaredTables:
    tables = {"": table_of(module.Data, "")}
    rows: dict[type[BaseModel], str] = {}
    for member in _members(module):
        # `Module.Row` itself has no columns.
        if inspect.isclass(member) and issubclass(member, BaseRow) and member.model_fields:
            # `DiskPool` is stored and configured as `disk_pool`.
            table = re.sub(r"(?<!^)(?=[A-Z][a-z])", "_", member.__name__).lower()
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,19}", table):
                raise ModuleError(f"{member.__qualname__}: a row's name is at most 20 letters, digits and _")
            tables[table] = table_of(member, table, **member.options)
            rows[member] = table
    return DeclaredTables(tables, rows)


def _members(module: type[Module]) -> list[object]:
    """What a module class has, in the order in which it was written; inherited things first."""
    # Not dir(), which sorts by name: the page shows tables in the order of the code.
    names = dict.fromkeys(name for base in reversed(module.__mro__) for name in vars(base))
    return [getattr(module, name) for name in names]


def effective_limits(tables: Mapping[str, Table], overrides: Mapping[str, str]) -> dict[str, dict[str, Limits]]:
    """The limits of an instance by table and column: its configuration's, else its module's.

    ``limits.total`` is the column of ``Data``, or else of the only row class that has it;
    ``limits.pool.total`` is that of the row class ``Pool``.

    Args:
        tables: the module's tables by name.
        overrides: the setting ``limits``.

    Raises:
        ValueError: no such column, or not a limit; its first argument is ``(key, sentence)``.
    """
    limits = {
        name: {column.name: column.limits for column in table.columns if column.limits}
        for name, table in tables.items()
    }
    for key, text in overrides.items():
        table, found = _limited_column(tables, key)
        try:
            limits[table][found.name] = parse_limits(text, found.unit, found.kind)
        except ValueError as error:
            raise ValueError((f"limits.{key}", str(error))) from error
    return limits


def _limited_column(tables: Mapping[str, Table], key: str) -> tuple[str, Any]:
    table, _, name = key.rpartition(".")
    places = [table] if "." in key else ["", *(name for name in tables if name)]
    found = [
        (place, column)
        for place in places
        if place in tables
        for column in tables[place].columns
        if column.name == name
    ]
    if found and (not found[0][0] or len(found) == 1 or "." in key):
        return found[0]
    known = [f"{place}.{column.name}" if place else column.name for place, t in tables.items() for column in t.columns]
    raise ValueError((f"limits.{key}", f"there is no column '{key}'{nearest_or_all(key, known)}"))
