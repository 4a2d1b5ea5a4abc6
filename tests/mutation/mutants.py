"""Mutants of a module: its source with one small thing wrong.

Annotations, docstrings, `__repr__` and the texts of errors are left alone: nothing depends on them.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
}


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        name: Where and what, without line numbers, so that it outlives edits elsewhere.
        lines: First and last line of the changed statement or expression.
        source: The whole module, changed.
    """

    name: str
    lines: tuple[int, int]
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of *source*; equal names are numbered."""
    tree = ast.parse(source)
    seen: dict[str, int] = {}
    for path, where in _places(tree):
        original = _at(tree, path)
        for changed, how in _changes(original):
            mutated = copy.deepcopy(tree)
            _put(mutated, path, changed)
            text = ast.unparse(ast.fix_missing_locations(mutated))
            name = f"{where}: {_short(original)} {how or f'→ {_short(changed)}'}"
            seen[name] = seen.get(name, 0) + 1
            number = f" ({seen[name]})" if seen[name] > 1 else ""
            yield Mutant(name + number, (original.lineno, original.end_lineno or 0), text)


Path = tuple[tuple[str, int | None], ...]
Node = ast.stmt | ast.expr | ast.ExceptHandler


def _places(tree: ast.Module) -> Iterator[tuple[Path, str]]:
    """Where a statement or expression stands, and the function it is in."""

    def walk(node: ast.AST, path: Path, where: str) -> Iterator[tuple[Path, str]]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            where = f"{where}.{node.name}".removeprefix("module.")
        if isinstance(node, Node) and not isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield path, where
        for name, value in ast.iter_fields(node):
            if name in _SKIPPED or isinstance(node, ast.Import | ast.ImportFrom):
                continue
            if isinstance(node, ast.Raise) or _is_docstring(node) or where.endswith("__repr__"):
                continue
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(child, ast.AST):
                    yield from walk(child, (*path, (name, index)), where)

    yield from walk(tree, (), "module")


# What types are made of.
_SKIPPED = {"annotation", "returns", "decorator_list", "bases", "ctx"}


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(node: Node) -> Iterator[tuple[Node, str]]:
    """*node* with one thing wrong, in every way we know, and how where the code shows it badly."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARISONS:
            yield _with(node, ops=[_COMPARISONS[type(op)]()]), ""
        case ast.BoolOp(op=op):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And()), ""
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand, ""
        case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
            yield _with(node, op=_ARITHMETIC[type(op)]()), ""
        case ast.Constant():
            yield from ((other, "") for other in _other_constants(node))
        case ast.Call(keywords=keywords):
            for index, keyword in enumerate(keywords):
                fewer = keywords[:index] + keywords[index + 1 :]
                yield _with(node, keywords=fewer), f"without `{keyword.arg}`"
        case ast.If() | ast.IfExp() | ast.While():
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test)), "with its test negated"
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield _with(node, value=ast.Constant(None)), ""
        case ast.Assign(value=value) | ast.AnnAssign(value=value) if value and not _is_none(value):
            yield _with(node, value=ast.Constant(None)), ""
        case ast.AugAssign() | ast.Raise() | ast.Break() | ast.Continue():
            yield ast.copy_location(ast.Pass(), node), ""
        case ast.Expr() if not _is_docstring(node):
            yield ast.copy_location(ast.Pass(), node), ""
        case ast.ExceptHandler():
            yield _with(node, type=ast.Tuple([], ast.Load())), "catching nothing"


def _other_constants(node: ast.Constant) -> Iterator[ast.Constant]:
    value = node.value
    if isinstance(value, bool):
        yield _with(node, value=not value)
    elif isinstance(value, int | float):
        yield _with(node, value=value + 1)
    elif isinstance(value, str):
        yield _with(node, value=f"XX{value}")


def _with(node: Any, **fields: object) -> Any:
    twin = copy.copy(node)
    for name, value in fields.items():
        setattr(twin, name, value)
    return twin


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _at(tree: ast.AST, path: Path) -> Node:
    node: object = tree
    for name, index in path:
        child = getattr(node, name)
        node = child if index is None else child[index]
    assert isinstance(node, Node)
    return node


def _put(tree: ast.AST, path: Path, changed: Node) -> None:
    *above, (name, index) = path
    holder: object = tree
    for step, place in above:
        child = getattr(holder, step)
        holder = child if place is None else child[place]
    if index is None:
        setattr(holder, name, changed)
    else:
        getattr(holder, name)[index] = changed


def _short(node: Node) -> str:
    text = " ".join(ast.unparse(node).split())
    return f"`{text[:70]}`"
