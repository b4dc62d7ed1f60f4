"""Which source files can change the output of a script: its imports, found without running it.

Jobs carry a digest of them, so that an edit reruns what it can change and nothing else. As inputs
of their own, twenty files for each of a thousand jobs, they would double the time of a dry run.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

PACKAGE = "mmpeft"
SCRIPTS = Path(__file__).parents[1]

# Names, labels and records, but no number that a model computes. What jobs need of the registry
# (metric, length limit, names of functions) is part of their settings.
BOOKKEEPING = (
    "mmpeft.datasets.registry",
    "mmpeft.failures",
    "mmpeft.files",
    "mmpeft.finished",
    "mmpeft.gpus",
    "mmpeft.provenance",
    "mmpeft.sources",
    "mmpeft.startup",
    "mmpeft.study",
)
# Code of one model family or one method; runs of others do not depend on it.
FAMILY_CODE = {"qwen_vl": ("mmpeft.models.qwen_vl",)}
METHOD_CODE = {
    "adapter": ("mmpeft.methods.adapter", "mmpeft.methods.bottleneck"),
    "lora": ("mmpeft.methods.lora",),
    "ia3": ("mmpeft.methods.ia3",),
    "prefix": ("mmpeft.methods.prefix",),
}
# Code of one real dataset, all that only real ones use, and that of the generated ones.
DATASET_CODE = {
    "scienceqa": ("mmpeft.datasets.real.scienceqa",),
    "vizwiz": ("mmpeft.datasets.real.vizwiz",),
    "iconqa-txt": ("mmpeft.datasets.real.iconqa",),
    "iconqa-blank": ("mmpeft.datasets.real.iconqa",),
    "flickr30k": ("mmpeft.datasets.real.flickr30k",),
    "okvqa": ("mmpeft.datasets.real.okvqa",),
    "ocrvqa": ("mmpeft.datasets.real.ocrvqa",),
    "vqav2": ("mmpeft.datasets.real.vqav2",),
    "mmhal": ("mmpeft.datasets.real.mmhal",),
}
REAL_CODE = ("mmpeft.datasets.real", "mmpeft.datasets.sources")
GENERATED_CODE = ("mmpeft.datasets.mini",)
# Code that only some of the measures use.
MEASURE_CODE = {
    "transfer": ("mmpeft.measures.transfer",),
    "captions": ("mmpeft.measures.captions", "mmpeft.judges"),
    "mmhal": ("mmpeft.measures.mmhal", "mmpeft.judges"),
}


def sources(
    script: Path,
    *,
    family: str | None = None,
    method: str | None = None,
    measure: str | None = None,
    dataset: str | None = None,
    numbers: bool = False,
) -> list[Path]:
    """Modules of the package that `script` imports, directly or not, sorted.

    With `numbers`, only those that can change a number: no bookkeeping, and of the code of single
    families, methods and measures, and of what it alone imports, that of `family`, `method` and
    `measure`. With `dataset`, none that only prepares others.
    """
    root = script.parent
    if not numbers:
        return sorted(_closure(script, root).values())
    unused = set()
    for table, mine in ((FAMILY_CODE, family), (METHOD_CODE, method), (MEASURE_CODE, measure)):
        unused |= _codes(table) - {*table.get(mine, ())}
    if dataset in DATASET_CODE:
        unused |= _codes(DATASET_CODE) - {*DATASET_CODE[dataset]} | {*GENERATED_CODE}
    elif dataset is not None:
        unused |= {*REAL_CODE}
    modules = _closure(script, root, frozenset(unused))
    return sorted(path for name, path in modules.items() if not within(name, BOOKKEEPING))


def _codes(table: Mapping[str, Iterable[str]]) -> set[str]:
    return {code for codes in table.values() for code in codes}


def text_digest(text: str) -> str:
    """Fingerprint of a text too long to be a parameter."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def digest(
    script: Path,
    *,
    family: str | None = None,
    method: str | None = None,
    measure: str | None = None,
    dataset: str | None = None,
    numbers: bool = False,
) -> str:
    """Fingerprint of the names and contents of `sources`, the same wherever the checkout lies."""
    found = sources(
        script, family=family, method=method, measure=measure, dataset=dataset, numbers=numbers
    )
    return text_digest(
        "\n".join(
            f"{path.relative_to(script.parent).as_posix()} {path.read_text(encoding='utf-8')}"
            for path in found
        )
    )


def within(name: str, prefixes: Iterable[str]) -> bool:
    """Whether a module is one of `prefixes` or lies within one of them."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


@cache
def _closure(script: Path, root: Path, unused: frozenset[str] = frozenset()) -> dict[str, Path]:
    """Module name -> file of everything imported below `root`, packages included.

    The modules `unused`, and those within them, are left out and their imports not followed.
    """
    found: dict[str, Path] = {}
    waiting = [script]
    while waiting:
        for name in _imports(waiting.pop()):
            for module in _with_parents(name):
                path = _file(module, root)
                if module not in found and path is not None and not within(module, unused):
                    found[module] = path
                    waiting.append(path)
    return found


@cache
def _imports(path: Path) -> frozenset[str]:
    return frozenset(_imported_names(ast.parse(path.read_text(encoding="utf-8"))))


def _imported_names(tree: ast.AST) -> Iterator[str]:
    """Absolute names of the package that could be modules (relative imports are not used here)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (name for name in names if within(name, (PACKAGE,)))


def _with_parents(name: str) -> Iterator[str]:
    """mmpeft.a.b -> mmpeft, mmpeft.a, mmpeft.a.b: importing the last runs the others."""
    parts = name.split(".")
    return (".".join(parts[: length + 1]) for length in range(len(parts)))


@cache
def _file(module: str, root: Path) -> Path | None:
    base = root / module.replace(".", "/")
    candidates = (base / "__init__.py", base.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)
