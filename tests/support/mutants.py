"""Change the package in one place at a time, and count which changes a test notices: `make mutants`.

Run as ``python tests/support/mutants.py [SAMPLE] [SEED]``. Places are drawn from `FOLDERS`: an operator becomes its
opposite, a number one more, a comparison strict or not, an ``and`` an ``or``. Each changed module is held against the
tests of its own file, and, where these all pass, against those of its folder. What no test notices is printed, to be
read: a change that changes nothing, or a test that is missing. The share that is caught is told with Wilson's interval.

Libraries are imported once; each mutant is a child of this process that loads the package anew with one module changed.
"""

from __future__ import annotations

import ast
import copy
import importlib.abc
import importlib.util
import math
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
FOLDERS = ("measures", "chance", "gate")
LIBRARIES = ("pytest", "numpy", "pandas", "scipy.stats", "duckdb", "pyarrow", "rich.console", "msgspec", "sklearn")
"""What takes long to import and holds nothing of ours; Hypothesis is a plugin, which pytest imports itself."""
LONGEST = 600.0
"""Seconds after which a mutant counts as noticed: it does not end."""
OPPOSITES: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.USub: ast.UAdd,
}
NAMES = {"minimum": "maximum", "maximum": "minimum", "min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change of one module."""

    path: Path
    """The module."""
    place: int
    """Which of its changes, in the order of `changes`."""
    line: int
    what: str

    def __str__(self) -> str:
        """Where and what."""
        return f"{self.path.relative_to(ROOT)}:{self.line}  {self.what}"


def changes(tree: ast.Module) -> Iterator[tuple[ast.AST, str, object, str]]:
    """Each change of a module: node, its field, the new value of that, and the change in words."""
    for node in _code(tree):
        if isinstance(node, (ast.BinOp, ast.BoolOp, ast.UnaryOp)):
            other = OPPOSITES.get(type(node.op))
            if isinstance(node.op, ast.Not):
                yield node, "op", None, f"{ast.unparse(node)[:60]}: without not"
            elif other is not None:
                yield node, "op", other(), f"{ast.unparse(node)[:60]}: {type(node.op).__name__} → {other.__name__}"
        elif isinstance(node, ast.Compare):
            other = OPPOSITES[type(node.ops[0])]
            words = f"{ast.unparse(node)[:60]}: {type(node.ops[0]).__name__} → {other.__name__}"
            yield node, "ops", [other(), *node.ops[1:]], words
        elif isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float)):
            value = (not node.value) if isinstance(node.value, bool) else node.value + 1
            yield node, "value", value, f"{node.value} → {value}"
        elif isinstance(node, ast.Attribute) and node.attr in NAMES:
            yield node, "attr", NAMES[node.attr], f"{ast.unparse(node)[:60]} → {NAMES[node.attr]}"
        elif isinstance(node, ast.Name) and node.id in NAMES:
            yield node, "id", NAMES[node.id], f"{node.id} → {NAMES[node.id]}"


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of what runs: no types, and nothing that is for type checkers only."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_params") or (isinstance(node, ast.Subscript) and _a_type(node)):
            continue
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, ast.AST):
                yield from _code(inner)


def _a_type(node: ast.Subscript) -> bool:
    return ast.unparse(node.value) in (
        "Literal",
        "Annotated",
        "Callable",
        "dict",
        "list",
        "tuple",
        "Sequence",
        "Mapping",
    )


def changed(source: str, place: int) -> ast.Module:
    """The module with the change at that place."""
    tree = ast.parse(source)
    node, field, value, _ = list(changes(tree))[place]
    if value is None:  # `not x` becomes `x`
        outer = copy.deepcopy(node.operand)
        node.__class__, node.__dict__ = outer.__class__, outer.__dict__
    else:
        setattr(node, field, value)
    return ast.fix_missing_locations(tree)


def mutants() -> list[Mutant]:
    """Every change of the modules in `FOLDERS`."""
    paths = sorted(path for folder in FOLDERS for path in (ROOT / "fairaudit" / folder).rglob("*.py"))
    return [
        Mutant(path, place, getattr(node, "lineno", 0), words)
        for path in paths
        for place, (node, _, _, words) in enumerate(changes(ast.parse(path.read_text(encoding="utf-8"))))
    ]


@cache
def elsewhere() -> dict[str, str]:
    """Modules whose tests stand in a file of another name, as `test_mirror` has it; read, as an import of the package
    here would be that of every child."""
    module = ast.parse((ROOT / "tests" / "test_mirror.py").read_text(encoding="utf-8"))
    (assigned,) = [
        node for node in module.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ELSEWHERE"
    ]
    table: dict[str, str] = ast.literal_eval(assigned.value)
    return table


def tests_of(path: Path) -> list[list[str]]:
    """The tests that a module is held against: its own file, then its folder."""
    inside = path.relative_to(ROOT / "fairaudit")
    own = ROOT / "tests" / elsewhere().get(inside.as_posix(), (inside.parent / f"test_{inside.name}").as_posix())
    folder = ROOT / "tests" / inside.parts[0]
    return [[str(own)], [str(folder)]] if own.is_file() else [[str(folder)]]


class Loader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module of the package, changed."""

    def __init__(self, mutant: Mutant) -> None:
        inside = mutant.path.relative_to(ROOT).with_suffix("")
        self.name = ".".join(inside.parts).removesuffix(".__init__")
        self.package = inside.name == "__init__"
        self.code = compile(changed(mutant.path.read_text(encoding="utf-8"), mutant.place), str(mutant.path), "exec")
        self.path = mutant.path

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        """The module, if it is the one."""
        if name != self.name:
            return None
        locations = [str(self.path.parent)] if self.package else None
        return importlib.util.spec_from_file_location(
            name, self.path, loader=self, submodule_search_locations=locations
        )

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code."""
        exec(self.code, module.__dict__)


def status_of(mutant: Mutant | None, tests: Sequence[str], longest: float) -> int:
    """Exit status of the tests in a child with one module changed; −1 where it does not end."""
    child = os.fork()
    if not child:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            os.setpgid(0, 0)
            if mutant is not None:
                sys.meta_path.insert(0, Loader(mutant))
            import pytest

            os._exit(int(pytest.main(["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider", *tests])))
        except BaseException:
            os._exit(1)
    end = time.monotonic() + longest
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def wilson(caught: int, total: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share."""
    z, share = 1.959964, caught / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return middle - half, middle + half


def main(sample: int, seed: int) -> None:
    """Draw mutants, test them, print what survives and the share that is caught."""
    os.chdir(ROOT)
    os.environ |= {"PYTHONPATH": str(ROOT), "SCIPY_ARRAY_API": "1", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "support")]
    for name in LIBRARIES:
        importlib.import_module(name)
    for folder in FOLDERS:
        if status_of(None, [str(ROOT / "tests" / folder)], 10 * LONGEST):
            raise SystemExit(f"the tests of {folder} fail as it is")
    every = mutants()
    drawn = random.Random(seed).sample(every, min(sample, len(every)))  # noqa: S311  # no secret
    print(f"{len(every):,} places in {', '.join(FOLDERS)}; {len(drawn)} drawn with seed {seed}", flush=True)
    caught = 0
    for number, mutant in enumerate(drawn, 1):
        noticed = any(status_of(mutant, tests, LONGEST) for tests in tests_of(mutant.path))
        caught += noticed
        if not noticed:
            print(f"SURVIVES {mutant}", flush=True)
        if number % 25 == 0 or number == len(drawn):
            low, high = wilson(caught, number)
            print(
                f"{caught} of {number} caught: {caught / number:.1%} (95% interval {low:.1%} to {high:.1%})", flush=True
            )


if __name__ == "__main__":
    asked = [int(text) for text in sys.argv[1:]]
    main(asked[0] if asked else 300, asked[1] if len(asked) > 1 else 0)
