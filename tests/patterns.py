"""Every regular expression of the package, and whether it takes a long time over a text that is made to stop it."""

from __future__ import annotations

import ast
import builtins
import importlib
import itertools
import pkgutil
import re
import string
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import happyface

FUNCTIONS = {"search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
PATIENCE = 0.2
"""Seconds of the processor: a linear pattern takes some hundredths at most, a quadratic one many."""
FEW = (*range(10, 40, 2), 60, 250, 1000)
"""Repetitions, from so few that an exponential pattern is noticed before it takes for ever."""
MANY = (4000, 16_000, 64_000)
WORST = 3
"""How many texts are tried in earnest."""
MOST_WORDS = 4


@dataclass(frozen=True)
class Use:
    """A pattern, how it is used, and where it stands."""

    place: str
    pattern: re.Pattern[Any]
    function: str

    def __str__(self) -> str:
        return f"{self.place} {self.function} {self.pattern.pattern!r:.60}"


class _Names(dict[str, Any]):
    """The names that a pattern is made of; what only a function knows is some word."""

    def __missing__(self, name: str) -> str:
        if hasattr(builtins, name):
            raise KeyError(name)
        return "word"


def patterns_of_package() -> list[Use]:
    """All of them: the compiled ones with the methods that are called on them anywhere, and those used at once."""
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(happyface.__path__, "happyface.")
        if not found.name.endswith("__main__") and ".migrations" not in found.name
    ]
    trees = {module: ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8")) for module in modules}
    called = _calls(trees)
    return [use for module, tree in trees.items() for use in _uses(module, tree, called)]


def _calls(trees: dict[ModuleType, ast.Module]) -> dict[str, set[str]]:
    """By the names of constants: which methods of patterns are called on them."""
    found: dict[str, set[str]] = defaultdict(set)
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in FUNCTIONS and isinstance(node.value, ast.Name):
                found[node.value.id].add(node.attr)
    return found


def _uses(module: ModuleType, tree: ast.Module, called: dict[str, set[str]]) -> Iterator[Use]:
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "re":
            raise AssertionError(f"{module.__name__}:{node.lineno}: patterns are found by the name re")
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re"):
            continue
        if node.func.attr in {*FUNCTIONS, "compile"}:
            for function in _functions(node.func.attr, parents[node], called):
                yield Use(f"{module.__name__}:{node.lineno}", _pattern(module, node, node.func.attr), function)


def _functions(name: str, above: ast.AST, called: dict[str, set[str]]) -> list[str]:
    """What a pattern is used for: what is called on its name, or at once on what was compiled; else it is searched."""
    if name != "compile":
        return [name]
    if isinstance(above, ast.Attribute):
        return [above.attr]
    targets = above.targets if isinstance(above, ast.Assign) else []
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return sorted({function for each in names for function in called[each]}) or ["search"]


def _pattern(module: ModuleType, call: ast.Call, function: str) -> re.Pattern[Any]:
    written = call.args[0]
    if isinstance(written, ast.Name) and written.id not in vars(module):
        raise AssertionError(f"{module.__name__}:{call.lineno}: a pattern has to stand where this test can read it")
    before = {"compile": 1, "split": 3, "sub": 4, "subn": 4}.get(function, 2)
    flags = [*call.args[before:], *(keyword.value for keyword in call.keywords if keyword.arg == "flags")]
    names = _Names(vars(module))
    text, *values = (eval(compile(ast.Expression(node), "pattern", "eval"), {}, names) for node in (written, *flags))
    return re.compile(text, *values)


def slow_text(pattern: re.Pattern[Any], function: str = "search") -> str:
    """A text that takes a pattern too long, in a few words; empty where none was found.

    The texts repeat what the pattern itself is about. All of them are tried shortly, the worst ones in earnest.
    """
    attacks = list(_attacks(pattern))
    for times in FEW + MANY:
        taken = []
        for before, repeated, after in attacks:
            text = before + repeated * times + after
            seconds = _seconds(pattern, function, text)
            if seconds > PATIENCE:  # once more, since whatever else the process has to do may have come between
                seconds = min(seconds, _seconds(pattern, function, text))
            if seconds > PATIENCE:
                return f"{before!r}, {times} times {repeated!r}, {after!r}: {seconds:.1f} s"
            taken.append(seconds)
        if times >= FEW[-1]:
            worst = sorted(range(len(attacks)), key=taken.__getitem__)[-WORST:]
            attacks = [attacks[place] for place in worst]
    return ""


def _seconds(pattern: re.Pattern[Any], function: str, text: str) -> float:
    given: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
    arguments = (given[:0], given) if function in ("sub", "subn") else (given,)
    begun = time.thread_time()  # of the processor: on a busy machine others have the rest
    found = getattr(pattern, function)(*arguments)
    if function == "finditer":
        deque(found, maxlen=0)  # a list of all of them would be gone through by Python's collector of garbage
    return time.thread_time() - begun


def _attacks(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """What comes before, is repeated, and comes after."""
    source = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    plain = re.sub(r"\\([\W_])", r"\1", _with_first_alternatives(source))
    signs = sorted(set(re.sub(r"\\\w", "", plain)) & set(string.punctuation) | set(" \n0ax"))
    words = list(dict.fromkeys(re.findall(r"[^\[\]()|*+?\\^]{2,}", plain)))[:MOST_WORDS]
    repeated = [*signs, *words, *(first + second for first in [*words, *signs] for second in signs if first != second)]
    yield from itertools.product(["", *words], repeated, ["", "\0\n\0"])


def _with_first_alternatives(source: str) -> str:
    """A pattern without groups: of ``\\${(?:env|file):`` remains ``\\${env:``, which is a word to repeat."""
    group = re.compile(r"(?<!\\)\((?:\?(?:P<\w+>|[a-z]*:|<?[=!]))?((?:[^()\\]|\\.)*)(?<!\\)\)")
    while (shorter := group.sub(lambda match: match[1].split("|")[0], source)) != source:
        source = shorter
    return source
