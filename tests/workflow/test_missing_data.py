"""One of two data sets is not to be had: the study goes on without it, and takes it up later."""

import json
import shlex
from functools import partial

import pandas as pd
import pytest
import yaml

import official_layouts
from example_study import example_study
from loopback import Loopback
from mmpeft.study import load_study
from smoke_study import smoke_tree
from workflow_tree import planned, snakemake

THERE, MISSING = "mini-okvqa", "ocrvqa"
WANTED = ("table01_main", "coverage")
CONFIG = example_study(
    datasets={
        THERE: {"train": 16, "validation": 4, "test": 8},
        MISSING: {"train": 12, "validation": 4, "test": 8},
    },
    preparation={"broken_images": "stop", "row_counts": "warn"},
    training__epochs=1,
    experiments={
        "main": {
            "model": ["mini-llava-7b"],
            "method": ["lora"],
            "dataset": [THERE, MISSING],
            "connector": ["frozen"],
        }
    },
    evaluations={
        "transfer": {
            "runs": {"experiment": "main"},
            "measure": "transfer",
            "targets": [MISSING],
            "epochs": "last",
        }
    },
)
STUDY = ("--configfile", "studies/example.yaml")


@pytest.fixture
def server(monkeypatch, tmp_path):
    with Loopback() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.endpoint)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        # mini models see images of this size alone
        picture = partial(official_layouts.picture, size=(48, 48))
        monkeypatch.setattr(official_layouts, "picture", picture)
        yield running


def tables(tree):
    return {
        name: (tree / f"results/example/tables/{name}.md").read_text(encoding="utf-8")
        for name in WANTED
    }


def status(tree):
    results = pd.read_parquet(tree / "results/example/results.parquet")
    rows = results[results["headline"]]
    return {
        (row["kind"], row["dataset"], row["target"]): (row["status"], row["failure"])
        for row in rows.astype(object).where(rows.notna(), None).to_dict("records")
    }


@pytest.mark.study
def test_a_missing_data_set_costs_its_own_cells_alone(tmp_path, server):
    tree = smoke_tree(tmp_path)
    (tree / "studies/example.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    wanted = [f"results/example/tables/{name}.md" for name in WANTED]
    trained = {run.dataset: run for run in load_study(CONFIG).runs}
    record = tree / f"results/example/runs/{trained[THERE].id}/train.json"

    done = snakemake(tree, *wanted, "--cores", "2", *STUDY)

    assert done.returncode == 0, done.stdout[-4000:]
    assert f"data {MISSING}: dataset howard-hou/OCR-VQA is not on the hub" in done.stdout
    failed = ("failed", "no_data")
    assert status(tree) == {
        ("run", THERE, None): ("ok", None),
        ("base", THERE, None): ("ok", None),
        ("constant", THERE, None): ("ok", None),
        ("run", MISSING, None): failed,
        ("base", MISSING, None): failed,
        ("constant", MISSING, None): failed,
        ("evaluation", THERE, MISSING): failed,
    }
    said = tables(tree)
    assert "failed" in said["table01_main"]
    assert "is not on the hub" in said["coverage"]
    assert not list((tree / "reference/sources").glob("*.json"))
    written = record.read_bytes()

    told = snakemake(tree, "failures", "--cores", "1", "--quiet", *STUDY)
    assert told.returncode == 0, told.stdout
    lines = told.stdout.splitlines()
    assert ["no_data", "4", "results/sources/ocrvqa"] in [line.split() for line in lines]
    command = next(line for line in lines if line.startswith("snakemake "))
    again = shlex.split(command)[1:]
    assert planned(tree, *again) == {
        "fetch_source": 1,
        "prepare_dataset": 1,
        "train": 1,
        "evaluate": 1,
        "evaluate_base": 1,
        "evaluate_constant": 1,
        "evaluate_epochs": 1,
    }

    official_layouts.publish(server, "ocrvqa")
    done = snakemake(tree, *again)
    assert done.returncode == 0, done.stdout[-4000:]
    done = snakemake(tree, *wanted, "--cores", "2", *STUDY)
    assert done.returncode == 0, done.stdout[-4000:]
    assert {found for found, _ in status(tree).values()} == {"ok"}
    assert "failed" not in tables(tree)["table01_main"]
    assert record.read_bytes() == written, "what was trained before is not trained again"
    assert json.loads((tree / "reference/sources/ocrvqa.json").read_text())["files"]
