"""`snakemake partial` shows what exists, needs no run and starts none."""

import csv
import shutil

import pytest
import yaml

import synthetic
import synthetic_evaluations
from evaluated_study import evaluated_study
from workflow_tree import copy_workflow, snakemake


def partial(tree):
    """Render; returns the folder and how many cells of each part are in which state."""
    done = snakemake(tree, "partial", "--cores", "2", "--quiet")
    assert done.returncode == 0, done.stdout
    folder = tree / "results/example/partial"
    with (folder / "tables/coverage.csv").open(encoding="utf-8") as file:
        counts = {
            line["Experiment"]: [
                int(line[state]) for state in ("Cells", "Scored", "Failed", "Missing")
            ]
            for line in csv.DictReader(file)
        }
    return folder, counts


@pytest.mark.study
def test_it_renders_anew_whenever_it_is_asked_for(tmp_path):
    tree = copy_workflow(tmp_path)
    (tree / "config.yaml").write_text(yaml.safe_dump(evaluated_study(), sort_keys=False))
    folder, counts = partial(tree)
    assert counts["main"] == [4, 0, 0, 4]
    assert counts["evaluation: transfer"] == [8, 0, 0, 8]
    assert (folder / "figures/figure02_seen_unseen.png").is_file()
    assert not (folder / "tables/table02_location_llava.md").exists(), "not in this study"

    study = synthetic_evaluations.study()
    results = synthetic_evaluations.write_records(tree / "results/example", study)
    runs = [run for run in study.runs if run.epochs == study.config.training.epochs]
    synthetic.fail(results, runs[0], "out of memory")
    shutil.rmtree(results / "runs" / runs[1].id)
    captions = study.measurements[4]
    synthetic_evaluations.fail(results, captions, "no clean caption")
    shutil.rmtree(synthetic_evaluations.place(results, study.measurements[0]))

    folder, counts = partial(tree)
    assert counts["main"] == [4, 2, 1, 1]
    assert counts["evaluation: transfer"] == [8, 6, 0, 2]
    assert counts["evaluation: captions"] == [4, 2, 2, 0]
    shown = {
        name: (folder / f"tables/{name}.md").read_text(encoding="utf-8")
        for name in ("coverage", "table01_main", "table04_generalisation")
    }
    assert "out of memory (1)" in shown["coverage"]
    assert "no clean caption (2)" in shown["coverage"]
    assert "failed" in shown["table01_main"]
    assert "missing" in shown["table01_main"]
    assert "missing" in shown["table04_generalisation"]
    assert "failed" in (folder / "tables/table07_hallucinated_captions.md").read_text()
    assert (folder / "figures/figure04_generalisation.png").is_file()
