"""`make figures`: every artefact of the complete mini study, from what is recorded of it."""

import json
import re
import shutil

import pandas as pd
import pytest
import yaml

from mmpeft import claims, collected, tables
from mmpeft.aggregation import OK
from mmpeft.artefacts import FIGURE_FORMATS, FIGURES, TABLE_FORMATS, TABLES
from mmpeft.study import layout, load_study
from mmpeft.tables.formats import as_markdown
from workflow_tree import ROOT, copy_workflow, snakemake

RECORD = ROOT / "reference/mini"
RECORDED = ("recorded", "--cores", "2", "--configfile", "studies/mini.yaml")


@pytest.fixture(scope="module")
def study():
    return load_study(yaml.safe_load((ROOT / "studies/mini.yaml").read_text(encoding="utf-8")))


@pytest.mark.study
def test_it_renders_everything_once_and_trains_nothing(study, tmp_path):
    tree = copy_workflow(tmp_path)
    shutil.copytree(RECORD, tree / "reference/mini")

    done = snakemake(tree, *RECORDED)

    assert done.returncode == 0, done.stdout
    assert "1 of 1 steps" in done.stdout
    out = tree / "results/mini/recorded"
    for declared, kind, formats in (
        (TABLES, "tables", TABLE_FORMATS),
        (FIGURES, "figures", FIGURE_FORMATS),
    ):
        names = layout.artefacts_of(study, declared)
        files = {path.name for path in (out / kind).iterdir()}
        assert files == {f"{name}.{suffix}" for name in names for suffix in formats}
    verdicts = json.loads((out / "claims.json").read_text(encoding="utf-8"))
    assert len(verdicts["claims"]) == len(claims.load(ROOT / layout.CLAIMS))
    assert "Nothing to be done" in snakemake(tree, *RECORDED).stdout


def test_the_record_is_of_the_study_as_it_is(study):
    recorded = json.loads((RECORD / "study.json").read_text(encoding="utf-8"))
    assert recorded == json.loads(json.dumps(study.manifest()))


def test_every_run_is_recorded_and_went_well(study):
    runs = pd.read_csv(RECORD / "fingerprints.csv")
    assert set(runs["run"]) == {run.id for run in study.runs}
    assert (runs["status"] == OK).all()
    assert runs["fingerprint"].is_unique
    assert (pd.read_parquet(RECORD / "results.parquet")["status"] == OK).all()


def test_the_page_shows_the_tables_of_the_record():
    data = collected.read(RECORD)
    page = (ROOT / "docs/mini-study.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"<!-- (\w+) -->\n(.*?)<!-- end -->", page, flags=re.DOTALL))
    assert len(shown) == 4
    for name, lines in shown.items():
        text = as_markdown(tables.build(data, TABLES[name]))
        assert lines.splitlines() == [line for line in text.splitlines() if line.startswith("|")]


def test_the_record_is_small():
    assert sum(path.stat().st_size for path in RECORD.iterdir()) < 10e6
