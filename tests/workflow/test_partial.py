"""`snakemake partial` shows what exists, needs no run and starts none."""

import csv
import shutil

import pytest
import yaml

import synthetic
import synthetic_evaluations
from evaluated_study import evaluated_study
from example_study import example_study
from mmpeft.study import load_study
from workflow_tree import copy_workflow, snakemake


@pytest.fixture
def tree(tmp_path):
    tree = copy_workflow(tmp_path)
    (tree / "config.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    return tree


CONFIG = example_study(
    experiments={
        "main": {"model": ["mini-llava-7b"], "method": "all", "dataset": ["mini-okvqa"]},
    }
)


def partial(tree):
    done = snakemake(tree, "partial", "--cores", "1", "--quiet")
    assert done.returncode == 0, done.stdout
    folder = tree / "results/example/partial"
    with (folder / "tables/coverage.csv").open(encoding="utf-8") as file:
        main = next(csv.DictReader(file))
    return folder, counts_of(main)


def counts_of(line):
    return [line[status] for status in ("Cells", "Scored", "Failed", "Missing")]


@pytest.mark.study
def test_it_renders_anew_whenever_it_is_asked_for(tree):
    folder, counts = partial(tree)
    assert counts == ["4", "0", "0", "4"]
    assert (folder / "figures/figure02_seen_unseen.png").is_file()
    assert not (folder / "tables/table02_location_llava.md").exists(), "not in this study"

    study = load_study(CONFIG)
    results = synthetic.write_records(tree / "results/example", study)
    synthetic.fail(results, study.runs[0], "out of memory")
    shutil.rmtree(results / "runs" / study.runs[1].id)

    folder, counts = partial(tree)
    assert counts == ["4", "2", "1", "1"]
    main = (folder / "tables/table01_main.md").read_text(encoding="utf-8")
    assert "failed" in main
    assert "missing" in main
    assert "out of memory" in (folder / "tables/coverage.md").read_text(encoding="utf-8")


@pytest.mark.study
def test_cells_of_evaluations_are_shown_with_the_reasons_of_their_gaps(tmp_path):
    tree = copy_workflow(tmp_path)
    study = synthetic_evaluations.study()
    (tree / "config.yaml").write_text(yaml.safe_dump(evaluated_study(), sort_keys=False))
    results = synthetic_evaluations.write_records(tree / "results/example", study)
    captions = study.measurements[4]
    synthetic_evaluations.fail(results, captions, "no clean caption")
    shutil.rmtree(synthetic_evaluations.place(results, study.measurements[0]))

    folder, _ = partial(tree)

    with (folder / "tables/coverage.csv").open(encoding="utf-8") as file:
        lines = {line["Experiment"]: line for line in csv.DictReader(file)}
    assert counts_of(lines["evaluation: transfer"]) == ["8", "6", "0", "2"]
    assert counts_of(lines["evaluation: captions"]) == ["4", "2", "2", "0"]
    assert lines["evaluation: captions"]["Reasons of failures"] == "no clean caption (2)"
    assert "missing" in (folder / "tables/table04_generalisation.md").read_text(encoding="utf-8")
    assert "failed" in (folder / "tables/table07_hallucinated_captions.md").read_text()
    assert (folder / "figures/figure04_generalisation.png").is_file()
