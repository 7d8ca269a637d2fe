"""Change the package in one place at a time, and count which changes a test notices: `make mutants`.

Run as ``python tests/support/mutants.py [--sample N] [--seed N] [PLACE]...``. Places are drawn from `FOLDERS`, or are
all those that begin with a PLACE (``fairaudit/chance``, ``fairaudit/chance/exact.py:54``): an operator becomes its
opposite, a number one more, a comparison strict or not, an ``and`` an ``or``. Each is held against the tests that run
its line: those of its own file first, then of its folder, then the whole outputs that are stored (`GOLDEN`). Which
tests run a line is recorded first. What no test notices is printed, to be read: a change that changes nothing, or a
test that is missing. The share that is caught is told with Wilson's interval.

Libraries are imported once; each mutant is a child of this process that loads the package anew with one module changed.
"""

from __future__ import annotations

import ast
import copy
import importlib.abc
import importlib.util
import math
import os
import pickle
import random
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import FrameType, ModuleType

import click

ROOT = Path(__file__).parents[2]
FOLDERS = ("measures", "chance", "gate")
BESIDE = {
    "measures/subgroups.py": ["auditing/test_searching.py"],
    "chance/searches.py": ["auditing/test_searching.py"],
}
"""Modules of which some claims stand in another file besides their own."""
GOLDEN = (
    "tests/results/test_json.py",
    "tests/report/test_document.py",
    "tests/report/test_terminal.py",
    "tests/report/formats/test_explanations.py",
    "tests/report/formats/test_md.py",
)
OF_EVERY_MODULE = "tests/test_values.py"
"""Claims about whatever a module defines: held against what runs on import."""
OF_FOLDER = {
    "measures": [f"tests/measures/test_{name}.py" for name in ("catalogue", "documentation", "measure")],
}
"""Claims about the entries that all modules of a folder make: likewise, as they run nothing of these modules."""
LIBRARIES = (
    "pytest",
    "numpy",
    "pandas",
    "scipy.stats",
    "duckdb",
    "pyarrow",
    "rich.console",
    "msgspec",
    "sklearn",
)
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
    lines: range
    """Those of the statement that it changes; of a statement with a body, its head."""
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


def statements(tree: ast.Module) -> list[range]:
    """The lines of each statement, of one with a body those of its head."""
    spans = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.stmt, ast.ExceptHandler)):
            body = getattr(node, "body", None) or getattr(node, "cases", None)
            first = getattr(body[0], "lineno", None) or body[0].pattern.lineno if body else None
            spans.append(range(node.lineno, max(first, node.lineno + 1) if first else node.end_lineno + 1))
    return spans


def mutants() -> list[Mutant]:
    """Every change of the modules in `FOLDERS`."""
    every = []
    for path in sorted(path for folder in FOLDERS for path in (ROOT / "fairaudit" / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        spans = statements(tree)
        for place, (node, _, _, words) in enumerate(changes(tree)):
            line = getattr(node, "lineno", 0)
            lines = min((span for span in spans if line in span), key=len, default=range(line, line + 1))
            every.append(Mutant(path, place, line, lines, words))
    return every


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


def own_file(path: Path) -> str:
    """The file of tests that stands where the module stands, whether or not there is one."""
    inside = path.relative_to(ROOT / "fairaudit")
    return (
        Path("tests") / elsewhere().get(inside.as_posix(), (inside.parent / f"test_{inside.name}").as_posix())
    ).as_posix()


class Recorder:
    """Records which lines each test runs, and how long that takes."""

    def __init__(self) -> None:
        self.inside = tuple(f"{ROOT / 'fairaudit' / folder}{os.sep}" for folder in FOLDERS)
        self.of: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self.lines = self.of[""]
        self.seconds: dict[str, float] = defaultdict(float)
        threading.settrace(self._entered)
        sys.settrace(self._entered)

    def _entered(self, frame: FrameType, _: str, __: object) -> object:
        """Traces a function of the folders, and no other."""
        return self._at_line if frame.f_code.co_filename.startswith(self.inside) else None

    def _at_line(self, frame: FrameType, _: str, __: object) -> object:
        self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._at_line

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test is prepared: what is made for it may be made for others, too, so that these lines are of its file."""
        self.lines = self.of[nodeid.split("::")[0]]

    def pytest_runtest_logreport(self, report: object) -> None:
        """A part of a test has ended."""
        self.seconds[report.nodeid] += report.duration
        self.lines = self.of[report.nodeid if report.when == "setup" else ""]

    def ran(self) -> dict[tuple[str, int], list[str]]:
        """Module and line → the tests, or whole files of them, that ran it; the test "" is the import."""
        sys.settrace(None)
        threading.settrace(None)
        by_line: dict[tuple[str, int], list[str]] = defaultdict(list)
        for test, lines in self.of.items():
            for line in lines:
                by_line[line].append(test)
        return dict(by_line)


@dataclass(frozen=True)
class Record:
    """Which tests run which lines."""

    ran: dict[tuple[str, int], list[str]]
    seconds: dict[str, float]

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests that a mutant is held against, the quickest files first.

        Of what runs on import, they are those that run anything of the module, and those of every module or entry.
        """
        path = str(mutant.path)
        ran = {test for line in mutant.lines for test in self.ran.get((path, line), ())}
        if "" in ran:
            ran |= {test for (module, _), tests in self.ran.items() if module == path for test in tests}
            part = mutant.path.relative_to(ROOT / "fairaudit").parts[0]
            ran |= {test for test in self.seconds if test.startswith(OF_EVERY_MODULE) and test.endswith(f"[{part}]")}
            ran |= {test for test in self.seconds if test.split("::")[0] in OF_FOLDER.get(part, ())}
        files = defaultdict(set)
        for test in ran - {""}:
            file = test.split("::")[0]
            files[file] |= {test} if "::" in test else {name for name in self.seconds if name.startswith(f"{file}::")}
        own = own_file(mutant.path)

        def when(file: str) -> tuple[bool, bool, float]:
            return file != own, file in GOLDEN, sum(self.seconds[test] for test in files[file])

        return [test for file in sorted(files, key=when) for test in sorted(files[file], key=self.seconds.__getitem__)]


def record(drawn: Sequence[Mutant]) -> Record:
    """Runs the tests as they are, each folder in a child, and says which lines each of them ran.

    Raises:
        SystemExit: A test fails without any change.
    """
    paths = sorted({mutant.path for mutant in drawn})
    inside = [path.relative_to(ROOT / "fairaudit") for path in paths]
    parts = {folder: [f"tests/{folder}"] for folder in dict.fromkeys(path.parts[0] for path in inside)}
    others = {own_file(path) for path in paths} | {*GOLDEN, OF_EVERY_MODULE}
    others |= {f"tests/{file}" for path in inside for file in BESIDE.get(path.as_posix(), ())}
    parts["other folders"] = sorted(
        file for file in others if file.split("/")[1] not in FOLDERS and Path(file).is_file()
    )
    with tempfile.TemporaryDirectory() as folder:
        children = {fork(partial(recorded, tests, f"{folder}/{name}")): name for name, tests in parts.items()}
        failed = [name for child, name in children.items() if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]
        if failed:
            raise SystemExit(f"tests fail as they are: {', '.join(failed)}")
        ran, seconds = defaultdict(list), {}
        for name in parts:
            lines, durations = pickle.loads(Path(f"{folder}/{name}").read_bytes())  # noqa: S301  # written by the child above
            seconds |= durations
            for line, tests in lines.items():
                ran[line] += tests
    return Record(ran, seconds)


def recorded(tests: Sequence[str], path: str) -> int:
    """The status of the tests; which lines they run is written to the path."""
    recorder = Recorder()
    status = run(tests, recorder)
    Path(path).write_bytes(pickle.dumps((recorder.ran(), dict(recorder.seconds))))
    return status


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


def run(tests: Sequence[str], *plugins: object) -> int:
    """The exit status of tests up to the first that fails."""
    import pytest

    return int(pytest.main(["-x", "-q", "-m", "not slow", "-n0", "-p", "no:cacheprovider", *tests], plugins))


def fork(work: Callable[[], int]) -> int:
    """Starts a child, without output, whose exit status is what the work returns; its number."""
    child = os.fork()
    if child:
        return child
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    status = 1
    try:
        os.setpgid(0, 0)
        status = work()
    finally:
        os._exit(status)


def status_of(mutant: Mutant, tests: Sequence[str]) -> int:
    """The exit status of tests with one module changed: 0 if none notices it."""
    sys.meta_path.insert(0, Loader(mutant))
    status = run(tests)
    if status == 4:  # a name of a test that holds what was changed: its file, then
        status = run(list(dict.fromkeys(test.split("::")[0] for test in tests)))
    return status


def survivors(
    drawn: Sequence[Mutant], tests_of: Callable[[Mutant], list[str]], jobs: int
) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant, as it ends, and whether no test notices it."""
    waiting = list(reversed(drawn))
    running: dict[int, tuple[Mutant, float]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            tests = tests_of(mutant)
            if not tests:
                yield mutant, True
                continue
            running[fork(partial(status_of, mutant, tests))] = mutant, time.monotonic() + LONGEST
        for child, (mutant, end) in list(running.items()):
            done, status = os.waitpid(child, os.WNOHANG)
            if not done and time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                done, status = os.waitpid(child, 0)
            if done:
                del running[child]
                yield mutant, os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)


def wilson(caught: int, total: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share."""
    z, share = 1.959964, caught / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return middle - half, middle + half


@click.command()
@click.argument("places", nargs=-1)
@click.option("--sample", default=300, show_default=True, help="How many places are drawn; all, if there are fewer.")
@click.option("--seed", default=0, show_default=True)
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Mutants at once.")
@click.option(
    "--own", is_flag=True, help="Held against the file of tests of the module alone, of which nothing is recorded."
)
def main(places: Sequence[str], sample: int, seed: int, jobs: int, own: bool) -> None:
    """Draw changes, test them, print what survives and the share that is caught."""
    os.chdir(ROOT)
    os.environ |= {"PYTHONPATH": str(ROOT), "SCIPY_ARRAY_API": "1", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "support")]
    for name in LIBRARIES:
        importlib.import_module(name)
    every = [mutant for mutant in mutants() if not places or f"{mutant} ".startswith(tuple(places))]
    drawn = random.Random(seed).sample(every, min(sample, len(every)))  # noqa: S311  # no secret
    print(f"{len(every):,} places in {', '.join(places or FOLDERS)}; {len(drawn):,} drawn with seed {seed}", flush=True)
    tests_of = (lambda mutant: [own_file(mutant.path)]) if own else record(drawn).tests
    caught = 0
    for number, (mutant, survives) in enumerate(survivors(drawn, tests_of, jobs), 1):
        caught += not survives
        if survives:
            print(f"SURVIVES {mutant}", flush=True)
        if number % 25 == 0 or number == len(drawn):
            low, high = wilson(caught, number)
            print(
                f"{caught} of {number} caught: {caught / number:.1%} (95% interval {low:.1%} to {high:.1%})", flush=True
            )


if __name__ == "__main__":
    main()
