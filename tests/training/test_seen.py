import json
from base64 import urlsafe_b64encode
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

import tiny_runs
from mmpeft.failures import Failure, passed_on
from mmpeft.files import write_json
from mmpeft.finished import put_aside
from mmpeft.models.loading import load_base
from mmpeft.training import seen
from mmpeft.training.seen import fine_tune_seen
from mmpeft.training.trainer import FineTuner
from tiny_models import FAMILY_NAMES, SETTINGS, model


def settings(base, family, **changes):
    """As `Study.seen_settings` writes them, for two data sets."""
    run = tiny_runs.train_settings(base, family)
    kept = ("model", "epochs", "batch_size", "warmup_ratio", "weight_decay", "max_length")
    return {
        **{key: run[key] for key in kept},
        "datasets": [{"name": tiny_runs.DATASET}] * 2,
        "learning_rate": 1e-2,
        "train_samples": 48,
        "schedule": "cosine",
        "precision": "float32",
        "seeds": {"order": 2},
        **changes,
    }


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_everything_but_the_visual_encoder_is_trained(family, tmp_path):
    base = tiny_runs.write_base(tmp_path / "base", family)
    data = [tiny_runs.write_data(tmp_path / name) for name in ("first", "second")]
    fine_tune_seen(settings(base, family), data, tmp_path / "out")

    tuned = load_base({"base": str(tmp_path / "out"), **SETTINGS[family]})
    before = dict(model(family).named_parameters())
    visual = tuned.family.visual_encoder.pattern
    changed = {n for n, p in tuned.model.named_parameters() if not torch.equal(p, before[n])}
    frozen = before.keys() - changed
    assert {"lm_head.weight"} <= changed
    assert set(tuned.family.connector_names(before)) <= changed
    assert frozen == {
        name
        for name in before
        if pd.Series([name]).str.fullmatch(visual).item() or name.endswith("pos_embed")
    }

    losses = pd.read_csv(tmp_path / "out" / "loss.csv")
    assert losses[losses.split == "train"].step.tolist() == list(range(1, 13))
    validation = losses[losses.split == "validation"].loss
    assert validation.iloc[-1] < validation.iloc[0]
    record = json.loads((tmp_path / "out" / "seen.json").read_text())
    assert (record["steps"], record["settings"]["train_samples"]) == (12, 48)
    assert not (tmp_path / "out.checkpoint").exists()


def files(folder):
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.name in ("loss.csv", "model.safetensors")
    }


def test_less_memory_is_tried_and_what_was_finished_is_taken_over(tmp_path, monkeypatch, caplog):
    base = tiny_runs.write_base(tmp_path / "base", "llava")
    data = [tiny_runs.write_data(tmp_path / "data")] * 2
    wanted = settings(base, "llava", epochs=1)
    loss = FineTuner.compute_loss

    def compute_loss(self, model, inputs, *args, **kwargs):
        if len(inputs["input_ids"]) > 4:
            raise MemoryError("none left")
        return loss(self, model, inputs, *args, **kwargs)

    monkeypatch.setattr(FineTuner, "compute_loss", compute_loss)
    fine_tune_seen(wanted, data, tmp_path / "out")
    record = json.loads((tmp_path / "out" / "seen.json").read_text())
    assert record["micro_batch_sizes"] == [8, 4]
    assert "none left, with a micro-batch of 8" in caplog.text
    made = files(tmp_path / "out")

    monkeypatch.setattr(seen, "_Tuning", None)
    monkeypatch.chdir(tmp_path)
    Path(".snakemake/incomplete").mkdir(parents=True)
    Path(".snakemake/incomplete", urlsafe_b64encode(b"out").decode()).touch()
    put_aside(Path(".snakemake"))
    assert not (tmp_path / "out").exists()
    fine_tune_seen(wanted, data, tmp_path / "out")
    assert files(tmp_path / "out") == made
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out"]


def test_no_memory_at_all_is_left_for_the_runs_upon_it(tmp_path, monkeypatch):
    base = tiny_runs.write_base(tmp_path / "base", "llava")
    data = [tiny_runs.write_data(tmp_path / "data")] * 2

    def compute_loss(self, model, inputs, *args, **kwargs):
        raise MemoryError("none left")

    monkeypatch.setattr(FineTuner, "compute_loss", compute_loss)
    failure = fine_tune_seen(settings(base, "llava", epochs=1), data, tmp_path / "out")
    assert (failure.status, failure.reason) == ("oom", "out of memory: none left")
    assert passed_on(tmp_path / "out") == failure
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out"]


def test_a_loss_that_is_not_finite_is_left_for_the_runs_upon_it(tmp_path):
    base = tiny_runs.write_base(tmp_path / "base", "llava")
    data = [tiny_runs.write_data(tmp_path / "data")] * 2
    wanted = settings(base, "llava", epochs=1, learning_rate=1e30, warmup_ratio=0)
    failure = fine_tune_seen(wanted, data, tmp_path / "out")
    assert failure.status == "diverged"
    assert failure.details["last_good_loss"]["step"] == failure.details["step"] - 1
    assert passed_on(tmp_path / "out") == failure


def test_a_mixture_that_lacks_a_dataset_is_not_trained(tmp_path):
    base = tiny_runs.write_base(tmp_path / "base", "llava")
    data = [tiny_runs.write_data(tmp_path / "first"), tmp_path / "second"]
    missing = Failure(status="no_data", reason="404 Not Found", excerpt=("said",))
    for split in ("train", "validation"):
        tiny_runs.write_rows([], data[1] / f"{split}.parquet")
    write_json(data[1] / "preparation.json", missing.record())
    assert fine_tune_seen(settings(base, "llava"), data, tmp_path / "out") == missing
    assert passed_on(tmp_path / "out") == missing


def test_weights_are_stored_in_the_precision_of_the_study(tmp_path):
    base = tiny_runs.write_base(tmp_path / "base", "llava")
    data = [tiny_runs.write_data(tmp_path / "data")] * 2
    fine_tune_seen(settings(base, "llava", precision="bfloat16", epochs=1), data, tmp_path / "out")
    stored = load_file(tmp_path / "out" / "model.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.bfloat16}
