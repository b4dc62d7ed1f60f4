"""Results in the layouts of other benchmarks; docs/exports.md says what differs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmpeft.exports import lmms_eval, method_comparison
from mmpeft.files import whole_folder

__all__ = ["NothingToExport", "write"]


class NothingToExport(ValueError):
    """A study has no runs."""


def write(grid: Mapping[str, Any], folder: Path, out: Path) -> None:
    """Write the exports of everything that `grid` (`Study.manifest`) asks for.

    folder: results/<study>. Makes `out` with `method_comparison/`, one JSON file a run, and
    `lmms_eval/`, one JSONL file for each model and test set. Raises FileNotFoundError for a record
    that is not there, and NothingToExport for a study without runs.
    """
    if grid["source"] == "reported":
        raise NothingToExport(
            f"study {grid['study']} is made of the numbers that the paper prints: it has no runs, "
            "hence nothing to export"
        )
    with whole_folder(out) as part:
        method_comparison.write(grid, folder, part / "method_comparison")
        lmms_eval.write(grid, folder, part / "lmms_eval")
