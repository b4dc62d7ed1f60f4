"""What makes Snakemake run a job again, and what does not.

Snakemake itself is under test here, with our rules; so the scripts are stand-ins. One run is really
run; every case starts from a copy of its result.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from example_study import example_study
from stand_ins import finish, write_study
from workflow_tree import artefact_jobs, planned, snakemake

RENDER = artefact_jobs(example_study(experiments={"main": {}}))
SHOW = {"collect": 1, **RENDER}
SCORE = {"evaluate": 1, **SHOW}
RETRAIN = {"train": 1, **SCORE}
DESCRIBE = {"describe_study": 1}  # the manifest holds what tables document


def small_study() -> dict:
    """One run."""
    main = {"model": ["mini-llava-7b"], "method": ["lora"], "dataset": ["mini-okvqa"]}
    return example_study(experiments={"main": main})


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    return finish(tmp_path_factory.mktemp("finished"), small_study())


@pytest.fixture
def tree(finished, tmp_path) -> Path:
    """The finished study, moved: nothing may depend on where the checkout lies."""
    shutil.copytree(finished, tmp_path / "moved")
    return tmp_path / "moved"


def append(path: str, text: str = "# edited\n") -> Callable[[Path], None]:
    def edit(tree: Path) -> None:
        with (tree / "workflow_scripts" / path).open("a") as file:
            file.write(text)

    return edit


def edit_study(*path: str, **values) -> Callable[[Path], None]:
    """Set values of the mapping at `path` of the study file."""

    def edit(tree: Path) -> None:
        study = small_study()
        part = study
        for step in path:
            part = part[step]
        part |= values
        write_study(tree, study)

    return edit


def touch_all(tree: Path) -> None:
    """What a git checkout does to unchanged files."""
    for part in ("workflow_scripts", "reference", "rules", "results/datasets"):
        for file in (tree / part).rglob("*"):
            os.utime(file)


def lose_metadata(tree: Path) -> None:
    shutil.rmtree(tree / ".snakemake")


def reorder_keys(tree: Path) -> None:
    study = small_study()
    study["methods"]["lora"] = dict(reversed(study["methods"]["lora"].items()))
    study["training"] = dict(reversed(study["training"].items()))
    write_study(tree, study)


def replace_base(tree: Path) -> None:
    (tree / "reference/bases/mini-llava-7b/model.safetensors").write_text("other weights")


def share_the_run(tree: Path) -> None:
    study = small_study()
    study["experiments"]["again"] = study["experiments"]["main"]
    write_study(tree, study)


def add_a_model(tree: Path) -> None:
    study = small_study()
    study["experiments"]["main"]["model"] = "all"
    write_study(tree, study)


def evaluate_also(epochs) -> Callable[[Path], None]:
    """Let the run be measured on another dataset after these epochs."""

    def edit(tree: Path) -> None:
        transfer = {
            "runs": {"experiment": "main"},
            "measure": "transfer",
            "targets": ["mini-scienceqa"],
            "epochs": epochs,
        }
        write_study(tree, small_study() | {"evaluations": {"transfer": transfer}})

    return edit


MEASURE = {
    "prepare_dataset": 1,
    "evaluate_epochs": 1,
    **DESCRIBE,
    **artefact_jobs({"experiments": ["main"], "evaluations": ["transfer"]}),
}

MATRIX = {
    "nothing": (lambda tree: None, {}),
    "all files touched": (touch_all, {}),
    "metadata of Snakemake lost": (lose_metadata, {}),
    "keys of the study reordered": (reorder_keys, {}),
    "resources changed": (edit_study("resources", "train", threads=2, mem_mb=9, gpu=1), {}),
    "another method's default changed": (edit_study("methods", "prefix", learning_rate=0.5), {}),
    "code of another method edited": (append("mmpeft/methods/adapter/__init__.py"), {}),
    "code of another family edited": (append("mmpeft/models/qwen_vl/__init__.py"), {}),
    "code of a real dataset edited": (append("mmpeft/datasets/real/okvqa.py"), {}),
    "training script edited": (append("train.py"), RETRAIN),
    "module of training edited": (append("mmpeft/tuning.py"), RETRAIN),
    "module of scoring edited": (
        append("mmpeft/scoring_code.py"),
        {"evaluate_base": 1, "evaluate_constant": 1, **SCORE},
    ),
    "module of collection edited": (append("mmpeft/gathering.py"), {"collect": 1, **RENDER}),
    "module of outlines edited": (
        append("mmpeft/outlining.py"),
        {"describe_models": 1, **RENDER},
    ),
    "module of drawing edited": (append("mmpeft/drawing.py"), RENDER),
    "module of the grid edited": (
        append("mmpeft/study/grid.py"),
        {**DESCRIBE, **SHOW},
    ),
    "label changed": (
        edit_study("models", "mini-llava-7b", label="LLaVA"),
        {**DESCRIBE, **SHOW},
    ),
    "two values swapped": (
        edit_study("models", "mini-llava-7b", "recipe", warmup_ratio=0.0, weight_decay=0.03),
        {**DESCRIBE, **RETRAIN},
    ),
    "batch size changed": (
        edit_study("training", batch_size=8),
        {**DESCRIBE, **RETRAIN},
    ),
    "evaluation changed": (
        edit_study("evaluation", batch_size=8),
        {"evaluate_base": 1, **SCORE},
    ),
    "base replaced": (replace_base, {"evaluate_base": 1, **RETRAIN}),
    "more test rows": (
        edit_study("datasets", "mini-okvqa", test=301),
        {
            "prepare_dataset": 1,
            "evaluate_base": 1,
            "evaluate_constant": 1,
            **DESCRIBE,
            **RETRAIN,
        },
    ),
    "experiment with the same run": (share_the_run, {**DESCRIBE, **SHOW}),
    "evaluation of the last epoch added": (evaluate_also("last"), {**SHOW, **MEASURE}),
    # Its adapter after epoch 2 is gone, so the run must be trained again.
    "evaluation of an earlier epoch added": (evaluate_also([2, 3]), {**RETRAIN, **MEASURE}),
    "seed added": (
        edit_study("experiments", "main", seed=[42, 21]),
        {**DESCRIBE, **RETRAIN},
    ),
    "model of another family added": (
        add_a_model,
        {**DESCRIBE, "describe_models": 1, "evaluate_base": 1, **RETRAIN},
    ),
}


@pytest.mark.parametrize(("change", "jobs"), MATRIX.values(), ids=MATRIX)
def test_change_reruns_what_it_changes(tree, change, jobs):
    change(tree)

    assert planned(tree) == jobs


def test_added_seed_leaves_the_old_run_alone(tree):
    old = next((tree / "results/example/runs").rglob("train.json"))
    before = old.stat().st_mtime_ns
    edit_study("experiments", "main", seed=[42, 21])(tree)

    done = snakemake(tree, "--cores", "2", "--quiet")

    assert done.returncode == 0, done.stdout
    assert old.stat().st_mtime_ns == before
    assert len(list((tree / "results/example/runs").rglob("train.json"))) == 2
    assert planned(tree) == {}
