"""`snakemake recorded` rebuilds every artefact from the record of the complete mini study."""

import pytest
import yaml

import synthetic
import synthetic_evaluations
from mmpeft import collected
from mmpeft.artefacts import FIGURE_FORMATS, FIGURES, TABLE_FORMATS, TABLES
from mmpeft.study import layout, load_study
from workflow_tree import ROOT, copy_workflow, snakemake

RECORDED = ("recorded", "--cores", "1", "--configfile", "studies/mini.yaml")


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

    done = snakemake(tree, *RECORDED)

    assert done.returncode == 0, done.stdout
    assert "1 of 1 steps" in done.stdout
    for declared, kind, formats in (
        (TABLES, "tables", TABLE_FORMATS),
        (FIGURES, "figures", FIGURE_FORMATS),
    ):
        names = layout.artefacts_of(study, declared)
        files = {path.name for path in (tree / "results/mini/recorded" / kind).iterdir()}
        assert files == {f"{name}.{suffix}" for name in names for suffix in formats}
    assert "Nothing to be done" in snakemake(tree, *RECORDED).stdout
