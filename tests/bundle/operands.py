"""What an expression compares: the parts of an alert that have a value in good times as well."""

from collections.abc import Iterator
from typing import Any

import promql_parser

_COMPARISONS = {">", "<", ">=", "<=", "==", "!="}
_SETS = {"and", "or", "unless"}
_ABSENCE = {"absent", "absent_over_time"}


def operands(expression: str) -> set[str]:
    """Return the largest parts of an expression that hold no comparison, no choice between sets, and no absence.

    >>> sorted(operands("max by (a) (x > 1) and on (a) y / 2 < z unless absent(w)"))
    ['w', 'x', 'y / 2', 'z']
    """
    return {_text(part) for part in _parts(promql_parser.parse(expression))}


def _parts(node: Any) -> Iterator[Any]:
    node = _inner(node)
    if isinstance(node, promql_parser.NumberLiteral | promql_parser.StringLiteral):
        return
    if not _decides(node):
        yield node
        return
    for child in _children(node):
        yield from _parts(child)


def _inner(node: Any) -> Any:
    return _inner(node.expr) if isinstance(node, promql_parser.ParenExpr) else node


def _decides(node: Any) -> bool:
    """Tell whether a result depends on more than whether data are there."""
    node = _inner(node)
    if isinstance(node, promql_parser.BinaryExpr) and str(node.op).split()[0] in _COMPARISONS | _SETS:
        return True
    if isinstance(node, promql_parser.Call) and node.func.name in _ABSENCE:
        return True
    return any(map(_decides, _children(node)))


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, promql_parser.BinaryExpr):
        yield from (node.lhs, node.rhs)
    elif isinstance(node, promql_parser.Call):
        yield from node.args
    elif isinstance(node, promql_parser.AggregateExpr | promql_parser.UnaryExpr | promql_parser.SubqueryExpr):
        yield node.expr


def _text(node: Any) -> str:
    return " ".join(node.prettify().split())
