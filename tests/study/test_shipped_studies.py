"""The four shipped studies: what they hold, and that the complete ones are the paper's grid."""

from collections import Counter
from pathlib import Path

import pytest
import yaml

from mmpeft.datasets.registry import DATASETS
from mmpeft.methods import parse_method
from mmpeft.study import Study, load_study

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "config.yaml", *sorted((ROOT / "studies").glob("*.yaml"))]

# Runs that an experiment adds to those of the experiments before it: the grid of the paper, where
# its total of 606 counts four full fine-tunings of bases that are not runs of a study.
PAPER_GRID = {
    "main": 256,
    "location_llava": 42,
    "location_qwen": 42,
    "data_scale": 92,
    "size": 66,
    "learning_rate": 76,
    "long": 12,
    "visual_encoder": 16,
}


def load(name: str) -> Study:
    return load_study(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")))


def new_runs(study: Study) -> dict[str, int]:
    first = {}
    for cell in study.cells:
        first.setdefault(cell.run, cell.experiment)
    return dict(Counter(first.values()))


def test_all_studies_are_here():
    assert [path.stem for path in FILES] == ["config", "mini", "paper", "reported", "smoke"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_study_is_valid_and_named_after_its_file(path):
    study = load(str(path.relative_to(ROOT)))

    assert study.name == path.stem.replace("config", "default")
    for run in study.runs:
        parse_method(study.train_settings(run)["method"])


@pytest.mark.parametrize("name", ["mini", "paper"])
def test_complete_studies_have_the_grid_of_the_paper(name):
    study = load(f"studies/{name}.yaml")

    assert new_runs(study) == PAPER_GRID
    assert len(study.runs) == 602


def test_paper_study_has_no_mini_model_and_mini_study_no_other():
    paper, mini = load("studies/paper.yaml"), load("studies/mini.yaml")

    assert not [name for name in (*paper.models, *paper.datasets) if name.startswith("mini-")]
    assert all(name.startswith("mini-") for name in (*mini.models, *mini.datasets))
    assert paper.config.scaling.model_dump(exclude_defaults=True) == {}
    assert paper.train_resources.gpu == 1
    assert mini.train_resources.gpu == 0


def test_complete_studies_differ_in_scale_alone():
    cells = [
        Counter((cell.experiment, cell.labels) for cell in load(f"studies/{name}.yaml").cells)
        for name in ("mini", "paper")
    ]

    assert cells[0] == cells[1]


def test_default_study_crosses_everything():
    study = load("config.yaml")
    main = [cell.run for cell in study.cells if cell.experiment == "main"]
    noise = [cell.run for cell in study.cells if cell.experiment == "seed_noise"]

    datasets = {run.dataset for run in main}
    assert len(study.models) == 4
    assert len(datasets) >= 4
    assert {DATASETS[name].seen for name in datasets} == {True, False}
    assert len(main) == len(set(main)) == 4 * 4 * 2 * len(datasets)
    assert Counter(run.init_seed for run in noise) == {21: 8, 42: 8, 63: 8}
    assert study.train_resources.gpu == 0


def test_default_study_has_every_experiment_of_the_complete_one():
    default, mini = load("config.yaml").config, load("studies/mini.yaml").config

    assert set(mini.experiments) <= set(default.experiments)
    assert set(mini.evaluations) == set(default.evaluations)
    assert set(mini.examples) == set(default.examples)
