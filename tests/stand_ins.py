"""A study really run by Snakemake with our rules, by scripts that only write what rules declare."""

from collections.abc import Collection
from pathlib import Path

import yaml

from workflow_tree import copy_workflow, snakemake

_STAND_IN = """
import sys
from itertools import pairwise
from pathlib import Path

from mmpeft import {module}

given = dict(pairwise(sys.argv[1:]))  # an option need not have a value
stem = given.get("--table") or given.get("--figure") or ""
written = [Path(given["--out"]) / name.replace("*", stem) for name in {names!r}]
written += [Path(given[name]) for name in ("--caption", "--claims-shown") if name in given]
for file in written:
    file.parent.mkdir(parents=True, exist_ok=True)
    prepared = Path("prepared", file.name)
    file.write_bytes(prepared.read_bytes() if prepared.is_file() else b'{{"by": "a stand-in"}}')
"""

# Imports of a module are found by reading it, but never run.
_IMPORTS = """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
"""
_OF_RUNS = ("mmpeft.methods.adapter", "mmpeft.models.qwen_vl")
_OF_MEASURES = ("mmpeft.measures.captions", "mmpeft.measures.mmhal", "mmpeft.measures.transfer")

# Script -> module that it imports, files that it writes below --out.
_SCRIPTS = {
    "prepare_dataset.py": (
        "making",
        ["train.parquet", "validation.parquet", "test.parquet", "preparation.json"],
    ),
    "train.py": ("tuning", ["adapter/weights", "loss.csv", "train.json"]),
    "evaluate.py": ("scoring_code", ["predictions.parquet", "scores.json"]),
    "evaluate_constant.py": ("scoring_code", ["scores.json"]),
    "evaluate_epochs.py": ("measuring", ["predictions.parquet", "scores.json"]),
    "select_images.py": ("choosing", [""]),
    "describe_models.py": ("outlining", [""]),
    "collect.py": (
        "gathering",
        [
            "results.parquet",
            "results.csv",
            "losses.parquet",
            "items.parquet",
            "samples.parquet",
            "sample_images.parquet",
            "reported.parquet",
        ],
    ),
    "render_table.py": ("drawing", ["*.csv", "*.md", "*.tex", "*.html"]),
    "render_figure.py": ("drawing", ["*.pdf", "*.svg", "*.png"]),
    "write_overview.py": ("drawing", [""]),
    "check_claims.py": ("drawing", ["claims.html", "claims.json", "claims.md"]),
}
RENDERING = ("render_table.py", "render_figure.py", "check_claims.py", "write_overview.py")
_MODULES = {
    "making": ("mmpeft.datasets.mini.generate", "mmpeft.datasets.real.catalogue"),
    "tuning": _OF_RUNS,
    "scoring_code": _OF_RUNS,
    "measuring": (*_OF_RUNS, *_OF_MEASURES),
    "choosing": ("mmpeft.judges",),
}


def write_study(tree: Path, study: dict) -> None:
    """Make `study` the default one of the tree."""
    (tree / "config.yaml").write_text(yaml.safe_dump(study, sort_keys=False))


def finish(tree: Path, study: dict, real: Collection[str] = ()) -> Path:
    """Copy the workflow with stand-ins to `tree` and run all of `study` there.

    Scripts named in `real` stay as they are. A stand-in copies `prepared/<file>` of the tree, if
    that exists, to the file of that name.
    """
    copy_workflow(tree)
    for name, (module, files) in _SCRIPTS.items():
        if name in real:
            continue
        (tree / "workflow_scripts" / name).write_text(_STAND_IN.format(module=module, names=files))
        imported = _MODULES.get(module, ())
        text = _IMPORTS + "".join(f"    import {name}\n" for name in imported) if imported else ""
        (tree / "workflow_scripts/mmpeft" / f"{module}.py").write_text(text)
    write_study(tree, study)
    done = snakemake(tree, "--cores", "2", "--resources", "gpu=4", "--quiet")
    assert done.returncode == 0, done.stdout
    return tree
