"""How an instance is rated: its limits and its expressions, read from its configuration."""

from collections.abc import Mapping
from dataclasses import dataclass

from happyface.contract import module as contract
from happyface.contract.columns import Table
from happyface.contract.limits import Limits
from happyface.contract.module import Module, effective_limits
from happyface.rating.expressions import Expression, compile_expression


@dataclass(frozen=True)
class Rules:
    """How an instance is rated: its limits by table and column, and its expressions by level."""

    tables: Mapping[str, Table]
    limits: Mapping[str, Mapping[str, Limits]]
    expressions: Mapping[str, Expression]


def rules_of(module: type[Module], config: contract.Config) -> Rules:
    """How an instance is rated. Raises ValueError, whose first argument is ``(key, sentence)``."""
    tables = module.declared.tables
    expressions = {}
    for level, text in (("warning", config.warning), ("critical", config.critical)):
        if text:
            try:
                expressions[level] = compile_expression(text, tables)
            except ValueError as error:
                raise ValueError((level, str(error))) from error
    return Rules(tables, effective_limits(module, config), expressions)
