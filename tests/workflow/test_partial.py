"""`snakemake partial` shows what exists, needs no run and starts none."""

import csv
import shutil

import pytest
import yaml

import synthetic
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
    return folder, [main[status] for status in ("Cells", "Scored", "Failed", "Missing")]


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
