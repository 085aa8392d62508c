"""How an instance is rated: its limits and its expressions, read from its configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from happyface.contract.columns import Table
from happyface.contract.limits import Limits
from happyface.contract.module import CommonConfig, effective_limits
from happyface.rating.expressions import Expression, compile_expression


@dataclass(frozen=True)
class Rules:
    """How an instance is rated: its limits by table and column, its expressions by level, and what may be missing."""

    tables: Mapping[str, Table]
    limits: Mapping[str, Mapping[str, Limits]]
    expressions: Mapping[str, Expression]
    may_be_missing: Sequence[str] = ()


def rules_of(tables: Mapping[str, Table], config: CommonConfig) -> Rules:
    """How an instance is rated.

    Args:
        tables: the tables of its module by name; '' is that of ``Data``.
        config: its settings, of which those count that all instances have.

    Raises:
        ValueError: a limit or an expression is wrong; its first argument is ``(key, sentence)``.
    """
    expressions = {}
    for level, text in (("warning", config.warning), ("critical", config.critical)):
        if text:
            try:
                expressions[level] = compile_expression(text, tables)
            except ValueError as error:
                # With its key: whoever reads the configuration knows the line where that is written.
                raise ValueError((level, str(error))) from error
    return Rules(tables, effective_limits(tables, config.limits), expressions, config.may_be_missing)
