"""What reruns the evaluations of a study, and when an evaluation trains a run again."""

import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest

from evaluated_study import evaluated_study
from example_study import REMOVED, change
from stand_ins import finish, write_study
from workflow_tree import artefact_jobs, planned

CAPTIONS, TRANSFER = ["evaluations", "captions"], ["evaluations", "transfer"]


def small_study() -> dict:
    """A run of three epochs and two of four; four measurements."""
    study = deepcopy(evaluated_study())
    study["experiments"]["main"] |= {"model": ["mini-llava-7b"], "connector": ["tuned"]}
    study["experiments"]["long"]["method"] = ["lora"]
    study["examples"]["answers"]["runs"] = {"experiment": "main"}
    study["evaluations"]["mmhal"]["runs"] = {"experiment": "main"}
    return study


def show(removed: str | None = None) -> dict[str, int]:
    """Jobs that collect and render, without those of an evaluation that is removed."""
    study = small_study()
    study["evaluations"].pop(removed, None)
    return {"collect": 1, **artefact_jobs(study)}


SHOW = show()


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    return finish(tmp_path_factory.mktemp("finished"), small_study())


@pytest.fixture
def tree(finished, tmp_path) -> Path:
    shutil.copytree(finished, tmp_path / "moved")
    return tmp_path / "moved"


def append(path: str) -> Callable[[Path], None]:
    def edit(tree: Path) -> None:
        with (tree / "workflow_scripts/mmpeft" / path).open("a") as file:
            file.write("# edited\n")

    return edit


def edit_study(path: list[str], value) -> Callable[[Path], None]:
    def edit(tree: Path) -> None:
        study = small_study()
        change(study, path, value)
        write_study(tree, study)

    return edit


MATRIX = {
    "nothing": (lambda tree: None, {}),
    "module of measuring edited": (append("measuring.py"), {"evaluate_epochs": 4, **SHOW}),
    # Captions and graded answers are judged, transfers are not.
    "judge edited": (
        append("judges/scene_graph.py"),
        {"select_images": 1, "evaluate_epochs": 2, **SHOW},
    ),
    "measure of transfers edited": (
        append("measures/transfer.py"),
        {"evaluate_epochs": 2, **SHOW},
    ),
    "fewer images": (
        edit_study([*CAPTIONS, "images"], 9),
        {"select_images": 1, "evaluate_epochs": 1, **SHOW},
    ),
    "other epochs of captions": (
        edit_study([*CAPTIONS, "epochs"], [1, 3]),
        {"describe_study": 1, "evaluate_epochs": 1, **SHOW},
    ),
    # All epochs are kept already.
    "more epochs of transfers": (
        edit_study([*TRANSFER, "epochs"], {"nearest_to_minimum": 3}),
        {"describe_study": 1, "evaluate_epochs": 2, **SHOW},
    ),
    "evaluation of the last epoch removed": (
        edit_study(["evaluations", "mmhal"], REMOVED),
        {"describe_study": 1, **show(removed="mmhal")},
    ),
    # One run has no other use of its adapters of epochs, the other of a single one.
    "evaluation of all epochs removed": (
        edit_study(TRANSFER, REMOVED),
        {
            "describe_study": 1,
            "train": 2,
            "evaluate": 2,
            "evaluate_epochs": 1,
            **show(removed="transfer"),
        },
    ),
    "more examples": (
        edit_study(["examples", "answers", "items"], 4),
        {"describe_study": 1, **SHOW},
    ),
}


@pytest.mark.parametrize(("edit", "jobs"), MATRIX.values(), ids=MATRIX)
def test_change_reruns_what_it_changes(tree, edit, jobs):
    edit(tree)

    assert planned(tree) == jobs
