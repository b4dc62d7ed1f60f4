"""`snakemake recorded` rebuilds every artefact from the record of the complete mini study."""

import pytest
import yaml

import synthetic
import synthetic_evaluations
from mmpeft import collected
from mmpeft.artefacts import FIGURE_FORMATS, FIGURES, TABLE_FORMATS, TABLES
from mmpeft.study import load_study
from workflow_tree import ROOT, copy_workflow, snakemake


@pytest.mark.study
def test_it_renders_everything_once_and_trains_nothing(tmp_path):
    (tmp_path / "tree").mkdir()
    tree = copy_workflow(tmp_path / "tree")
    config = yaml.safe_load((ROOT / "studies/mini.yaml").read_text(encoding="utf-8"))
    study = load_study(config)
    folder = synthetic_evaluations.write_records(tmp_path / "results", study)
    data = synthetic.collected(folder, study)
    record = tree / "reference/mini"
    record.mkdir(parents=True)
    collected.write(data, record)
    synthetic.write_json(record / "study.json", data.study)
    synthetic.write_json(record / "models.json", [])

    done = snakemake(tree, "recorded", "--cores", "1")

    assert done.returncode == 0, done.stdout
    assert "1 of 1 steps" in done.stdout
    for declared, kind, formats in (
        (TABLES, "tables", TABLE_FORMATS),
        (FIGURES, "figures", FIGURE_FORMATS),
    ):
        files = {path.name for path in (tree / "results/recorded" / kind).iterdir()}
        assert files == {f"{name}.{suffix}" for name in declared for suffix in formats}
    assert "Nothing to be done" in snakemake(tree, "recorded", "--cores", "1").stdout
