"""The floor plan: sizes, names and habits that no other tool checks."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE_FOLDERS = ("server", "clients", "migrations", "benchmarks", "tests")
TEXT_FOLDERS = (*CODE_FOLDERS, "docs", ".ci")
CODE_KINDS = frozenset({".py", ".ts", ".tsx", ".js", ".mjs", ".css", ".html"})
TEXT_KINDS = CODE_KINDS | {".md", ".toml", ".yml", ".yaml", ".graphql", ".json", ".svg", ".example", ""}
MADE_BY_TOOLS = frozenset(
    {"__pycache__", "node_modules", "vendor", "payloads", "package-lock.json", "uv.lock", "LICENSE"}
)

FILE_LINES_MAX = 400
TEST_LINES_MAX = 600
FUNCTION_LINES_MAX = 50

CAPABILITIES = """
    communities channels linking staff watchtime roles raffle draws chat slotcalls timers rewards wagers leaderboards
    milestones names payouts challenges vips giveaways games alerts streamalerts scenes panels totals audit privacy
    health exports
"""
# What these layers hold besides capabilities. A new word here is a decision; a synonym of a capability never is.
MACHINERY = """
    context credentials database digests errors execution feed fields gaps guilds happenings idempotency ids inbox
    instants invitations job_records job_turns jobs keys limits link_records listening loaders migrations pagination
    policies problems proofs refusals reviews root scalars services setup sightings signin statements stream_records
    subscriptions texts tokens
"""
LAYERS_BY_CAPABILITY = ("actions", "domain", "models", "resolvers", "schema", "store")
VAGUE_STEMS = frozenset({"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"})

# One letter of each word stands in brackets, so that this file does not hold the words it looks for.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|NotImplemented[E]rror|[x]fail)\b")
ELSEWHERE = re.compile(r"(?<![\w.])/([w]ork|[h]ome|[U]sers|[r]oot)/|\b[s]hared/|\b[i]ssue #?\d")
SILENCED = re.compile(r"#\s*(?:no[q]a|pyright:\s*[i]gnore|type:\s*[i]gnore)(?P<rest>.*)$")
RULE_CODE = re.compile(r'"[A-Z]+[0-9]*"')
REASON_WORDS_MIN = 2

Rule = Callable[[Path], Iterator[str]]


def files(root: Path, folders: tuple[str, ...], kinds: frozenset[str]) -> Iterator[Path]:
    """Every file of our own hand in `folders`."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in kinds and MADE_BY_TOOLS.isdisjoint(path.relative_to(root).parts):
                yield path


def texts(root: Path) -> Iterator[Path]:
    """Every readable file of our own hand, also those at the top."""
    yield from files(root, TEXT_FOLDERS, TEXT_KINDS)
    for path in sorted(root.iterdir()):
        if path.is_file() and path.suffix in TEXT_KINDS and path.name not in MADE_BY_TOOLS | {".env", ".git"}:
            yield path


def python(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file with its syntax tree."""
    for path in files(root, CODE_FOLDERS, frozenset({".py"})):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines of a text."""
    yield from enumerate(path.read_text(encoding="utf-8").splitlines(), 1)


def long_files(root: Path) -> Iterator[str]:
    for path in files(root, CODE_FOLDERS, CODE_KINDS):
        place = path.relative_to(root)
        limit = TEST_LINES_MAX if place.parts[0] == "tests" else FILE_LINES_MAX
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > limit:
            yield f"{place}:{count} the file has {count} lines, at most {limit}"


def long_functions(root: Path) -> Iterator[str]:
    for path, tree in python(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = (node.end_lineno or node.lineno) - node.lineno + 1
                if count > FUNCTION_LINES_MAX:
                    place = f"{path.relative_to(root)}:{node.lineno}"
                    yield f"{place} {node.name} has {count} lines, at most {FUNCTION_LINES_MAX}"


def unexplained_folders(root: Path) -> Iterator[str]:
    """A folder with Python in it says in one sentence what belongs there, and nothing else."""
    for top in ("server", "clients"):
        for folder in sorted({path.parent for path in files(root, (top,), frozenset({".py"}))}):
            place = folder.relative_to(root)
            init = folder / "__init__.py"
            tree = ast.parse(init.read_text(encoding="utf-8")) if init.exists() else ast.Module([], [])
            sentence = ast.get_docstring(tree) or ""
            if not re.fullmatch(r"[A-Z][^\n]*[^.\s]\.", sentence) or ". " in sentence:
                yield f"{place}/__init__.py:1 needs a docstring of one sentence that says what the folder holds"
            if len(tree.body) > 1:
                yield f"{place}/__init__.py:2 holds code; an __init__.py holds its sentence only"


def unplaced_stems(root: Path) -> Iterator[str]:
    """In a layer of capabilities a file is named after one of them, so that one search finds the whole feature."""
    known = {*CAPABILITIES.split(), *MACHINERY.split()}
    for layer in LAYERS_BY_CAPABILITY:
        for path in sorted((root / "server" / layer).glob("*")):
            if path.suffix in {".py", ""} and not path.name.startswith("__") and path.stem not in known:
                yield f"{path.relative_to(root)}:1 {path.stem!r} is neither a capability nor in MACHINERY"


def vague_names(root: Path) -> Iterator[str]:
    for path in files(root, CODE_FOLDERS, CODE_KINDS):
        place = path.relative_to(root)
        for word in VAGUE_STEMS.intersection([path.stem, *place.parts]):
            yield f"{place}:1 {word!r} says nothing about what is inside"


def unfinished_work(root: Path) -> Iterator[str]:
    for path in texts(root):
        for number, line in lines(path):
            if found := UNFINISHED.search(line):
                yield f"{path.relative_to(root)}:{number} {found[0]}: finish it or leave it out"


def words_from_elsewhere(root: Path) -> Iterator[str]:
    for path in texts(root):
        for number, line in lines(path):
            if found := ELSEWHERE.search(line):
                yield f"{path.relative_to(root)}:{number} {found[0]!r} points outside the project"


def naive_times(root: Path) -> Iterator[str]:
    """Calls whose instant has no zone."""
    for path, tree in python(root):
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            name, arguments = node.func.attr, len(node.args) + len(node.keywords)
            of_datetime = ast.unparse(node.func.value) in {"datetime", "datetime.datetime", "dt.datetime"}
            naive = name in {"utcnow", "utcfromtimestamp"} or (
                of_datetime and (name, arguments) in {("now", 0), ("today", 0), ("fromtimestamp", 1)}
            )
            if naive:
                yield f"{path.relative_to(root)}:{node.lineno} {name}() gives a time without a zone; take it from Clock"


def unreasoned_ignores(root: Path) -> Iterator[str]:
    """A rule that is switched off, for all or for one line, says why."""
    section = ""
    for number, line in lines(root / "pyproject.toml"):
        if line.startswith("["):
            section = line.strip("[]")
        rules, _, reason = line.rpartition("#") if "#" in line else (line, "", "")
        switched_off = section == "tool.ruff.lint.per-file-ignores" or (
            section == "tool.ruff.lint" and not line.startswith("select")
        )
        if switched_off and RULE_CODE.search(rules) and len(reason.split()) < REASON_WORDS_MIN:
            yield f"pyproject.toml:{number} the ignored rule needs a reason in words beside it"
    for path, _ in python(root):
        for number, line in lines(path):
            found = SILENCED.search(line)
            if found and len(re.findall(r"[a-z]{2,}", found["rest"])) < REASON_WORDS_MIN:
                yield f"{path.relative_to(root)}:{number} a silenced rule needs a reason in words on its line"


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        long_files,
        long_functions,
        unexplained_folders,
        unplaced_stems,
        vague_names,
        unfinished_work,
        words_from_elsewhere,
        naive_times,
        unreasoned_ignores,
    )
}


@pytest.mark.parametrize("rule", RULES)
def test_the_tree_keeps_the_rule(rule: str) -> None:
    found = list(RULES[rule](ROOT))
    assert not found, "\n" + "\n".join(found)


BROKEN = {
    "long_files": ("server/web/long.py", "x = 1\n" * (FILE_LINES_MAX + 1)),
    "long_functions": ("server/web/long.py", "def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX),
    "unexplained_folders": ("server/new/thing.py", "x = 1\n"),
    "unplaced_stems": ("server/actions/viewership.py", ""),
    "vague_names": ("server/web/utils.py", ""),
    "unfinished_work": ("docs/plan.md", "FIX" + "ME: later\n"),
    "words_from_elsewhere": ("docs/plan.md", "See sha" + "red/plan.\n"),
    "naive_times": ("server/web/clock.py", "from datetime import datetime\nx = datetime.now()\n"),
    "unreasoned_ignores": ("server/web/loud.py", "x = 1  # no" + "qa: S101\n"),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_breach_of_the_rule_is_seen_with_its_place(rule: str, tmp_path: Path) -> None:
    place, text = BROKEN[rule]
    (tmp_path / "pyproject.toml").write_text("")
    assert not list(RULES[rule](tmp_path))
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text(text)
    [found] = list(RULES[rule](tmp_path))
    assert re.match(rf"{re.escape(str(Path(place).parent))}/\w+\.\w+:\d+ ", found), found


def test_an_ignored_lint_rule_without_a_reason_is_seen(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.ruff.lint]\nselect = ["ALL"]\nignore = [\n  "D203", "D213",  # wrong\n  "TC",  # has reasons\n]\n'
        '[tool.ruff.lint.per-file-ignores]\n"a.py" = ["T201"]\n'
    )
    assert [found.split(" ")[0] for found in unreasoned_ignores(tmp_path)] == ["pyproject.toml:4", "pyproject.toml:8"]


def test_the_capabilities_of_the_contracts_exist() -> None:
    """The import contracts and this test speak of the same layers."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = {name.strip() for line in contracts[0]["layers"] for name in line.split("|")}
    assert set(LAYERS_BY_CAPABILITY) <= layers
