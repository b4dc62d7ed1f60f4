import csv
import json
import math
import os
import signal
from functools import partial

import pytest
import torch
from safetensors.torch import load_file
from transformers.models.llama.modeling_llama import LlamaMLP

import tiny_models
import tiny_runs
from methods.cases import METHOD_SETTINGS
from mmpeft.batching import IGNORED, Encoder
from mmpeft.datasets.registry import DATASETS
from mmpeft.failures import Failure, passed_on
from mmpeft.files import write_json
from mmpeft.methods import load_adapter
from mmpeft.models.loading import load_base
from mmpeft.models.qwen_vl.language import QwenVLMLP
from mmpeft.training import Interrupted, fine_tune, run
from mmpeft.training.checkpoints import Saving
from mmpeft.training.trainer import FineTuner
from tiny_models import FAMILIES, FAMILY_NAMES, SETTINGS

STEPS = 2 * tiny_runs.STEPS_PER_EPOCH
WEIGHTS = ("adapter_model.safetensors", "connector.safetensors")
FILES = ("adapter/adapter_model.safetensors", "adapter/connector.safetensors", "loss.csv")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with one base per family and the toy data."""
    folder = tmp_path_factory.mktemp("runs")
    for family in FAMILY_NAMES:
        tiny_runs.write_base(folder / family, family)
    tiny_runs.write_data(folder / "data")
    return folder


def tune(place, out, family="llava", method="lora", **changes):
    settings = tiny_runs.train_settings(place / family, family, method, **changes)
    return fine_tune(settings, place / "data", out)


def written(out):
    """Weights and losses; a frozen connector has no weights."""
    return [(out / name).read_bytes() for name in FILES if (out / name).exists()]


def kept(out, epoch):
    return [(out / f"adapter/epochs/{epoch:02d}" / name).read_bytes() for name in WEIGHTS]


def losses(out):
    with (out / "loss.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def finished(place):
    """(folder, record) of one undisturbed run, for tests that only read it."""
    out = place / "finished"
    return out, tune(place, out)


def test_writes_adapter_losses_and_record(finished):
    out, record = finished
    assert sorted(path.name for path in out.iterdir()) == ["adapter", "loss.csv", "train.json"]
    assert record == json.loads((out / "train.json").read_text())
    assert (record["status"], record["reason"]) == ("ok", None)
    assert (record["train_samples"], record["samples_seen"], record["steps"]) == (24, 48, STEPS)
    assert record["parameters"]["trainable"] == sum(record["parameters"]["groups"].values())
    assert record["samples_per_second"] == pytest.approx(48 / record["seconds"])
    assert record["provenance"]["versions"]["torch"] == torch.__version__


@pytest.mark.parametrize("method", METHOD_SETTINGS)
@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_small_updates_of_a_bfloat16_base_are_kept(place, tmp_path, family, method):
    """At 1e-5 an update of most bfloat16 numbers is smaller than half their last digit."""
    rates = {"learning_rate": 1e-5, "connector_learning_rate": 1e-5}
    record = tune(place, tmp_path, family, method, precision="bfloat16", **rates)
    assert record["status"] == "ok"
    before = dict(
        load_base({"base": str(place / family), **SETTINGS[family]})[0].named_parameters()
    )
    after = load_file(tmp_path / "adapter/connector.safetensors")
    assert {tensor.dtype for tensor in after.values()} == {torch.float32}
    for name, tensor in after.items():
        moved = (tensor != before[name].bfloat16().float()).float().mean()
        assert moved > 0.9, name


def test_losses_are_tidy_and_the_rate_follows_the_schedule(finished):
    rows = losses(finished[0])
    assert list(rows[0]) == ["step", "epoch", "split", "loss", "learning_rate"]
    train = [row for row in rows if row["split"] == "train"]
    validation = [row for row in rows if row["split"] == "validation"]
    assert [int(row["step"]) for row in train] == list(range(1, STEPS + 1))
    assert [float(row["epoch"]) for row in validation] == [1, 2]
    assert all(row["learning_rate"] == "" for row in validation)
    rates = [float(row["learning_rate"]) for row in train]
    # One step of warm-up, then half a cosine over the other five.
    cosine = [1e-2 * (1 + math.cos(math.pi * step / 5)) / 2 for step in range(5)]
    assert rates == pytest.approx([0.0, *cosine])


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("method", METHOD_SETTINGS)
def test_every_method_learns(place, tmp_path, family, method):
    tune(place, tmp_path, family, method, epochs=4, learning_rate=3e-2)
    validation = [float(row["loss"]) for row in losses(tmp_path) if row["split"] == "validation"]
    assert validation[-1] < validation[0]


def test_the_same_settings_give_the_same_weights(place, finished, tmp_path):
    tune(place, tmp_path)
    assert written(tmp_path) == written(finished[0])


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("connector", ["frozen", "tuned"])
def test_seeing_images_once_changes_no_number(place, tmp_path, monkeypatch, family, connector):
    tune(place, tmp_path / "once", family, connector=connector)
    monkeypatch.setattr(run, "see_images_once", lambda trainer: None)
    tune(place, tmp_path / "each step", family, connector=connector)
    assert written(tmp_path / "once") == written(tmp_path / "each step")


def test_a_tuned_visual_encoder_sees_the_images_in_each_step(place, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "see_images_once", raiser(AssertionError("it is tuned")))
    tune(place, tmp_path, visual_encoder="tuned", visual_encoder_learning_rate=1e-3)


@pytest.mark.parametrize("seed", ["init", "order", "subset"])
def test_each_seed_matters_alone(place, tmp_path, seed):
    def weights(number):
        seeds = {"init": 1, "order": 2, "subset": 3, seed: number}
        tune(place, tmp_path / str(number), train_samples=16, epochs=1, seeds=seeds)
        return written(tmp_path / str(number))

    assert weights(7) != weights(8)


def test_accumulation_keeps_the_global_batch(place, tmp_path):
    method = {**METHOD_SETTINGS["lora"], "name": "lora", "location": "both", "dropout": 0.0}
    for name, micro in (("one", 8), ("four", 2)):
        settings = tiny_runs.train_settings(place / "llava", "llava", micro_batch_size=micro)
        record = fine_tune({**settings, "method": method}, place / "data", tmp_path / name)
        assert record["steps"] == STEPS
    for file in FILES[:2]:
        one, four = (load_file(tmp_path / name / file) for name in ("one", "four"))
        for name, tensor in one.items():
            # float32 sums in another order, passed through Adam's division by a small root
            torch.testing.assert_close(tensor, four[name], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("family", FAMILY_NAMES)
@pytest.mark.parametrize("method", [name for name in METHOD_SETTINGS if name != "prefix"])
def test_gradient_checkpointing_changes_no_number(place, tmp_path, monkeypatch, family, method):
    part = {"llava": LlamaMLP, "qwen_vl": QwenVLMLP}[family]
    passes, forward = [], part.forward
    monkeypatch.setattr(part, "forward", lambda self, x: passes.append(1) or forward(self, x))
    tune(place, tmp_path / "kept", family, method)
    kept = len(passes)
    tune(place, tmp_path / "twice", family, method, gradient_checkpointing=True)
    # The validation does not compute anything twice.
    assert kept < len(passes) - kept < 2 * kept
    assert written(tmp_path / "kept") == written(tmp_path / "twice")


def test_refuses_a_micro_batch_that_does_not_divide_the_batch(place, tmp_path):
    with pytest.raises(ValueError, match="micro_batch_size 3 does not divide batch_size 8"):
        tune(place, tmp_path, micro_batch_size=3)


def test_connector_and_method_have_their_own_rates(place, tmp_path, monkeypatch):
    rates = []
    create = FineTuner.create_optimizer

    def spy(self, model=None):
        made = create(self, model)
        rates.append({group["name"]: group["lr"] for group in made.param_groups})
        return made

    monkeypatch.setattr(FineTuner, "create_optimizer", spy)
    tune(place, tmp_path / "tuned", epochs=1)
    tune(
        place,
        tmp_path / "frozen",
        epochs=1,
        connector="frozen",
        connector_learning_rate=None,
        visual_encoder="tuned",
        visual_encoder_learning_rate=5e-4,
    )
    assert rates[0] == {"method": 1e-2, "connector": 1e-3}
    assert rates[-1] == {"method": 1e-2, "visual_encoder": 5e-4}
    assert (tmp_path / "frozen/adapter/visual_encoder.safetensors").exists()
    assert not (tmp_path / "frozen/adapter/connector.safetensors").exists()


def at_step(monkeypatch, number, action):
    """Do `action` when the training has begun its step of that number, counted from 1."""
    step, calls = FineTuner.training_step, []

    def training_step(self, *args, **kwargs):
        calls.append(1)
        if len(calls) == number:
            action()
        return step(self, *args, **kwargs)

    monkeypatch.setattr(FineTuner, "training_step", training_step)


@pytest.mark.parametrize(
    ("method", "step", "number"),
    [
        ("lora", 1, signal.SIGTERM),
        ("adapter", 2, signal.SIGTERM),
        # The last step of an epoch: its validation loss must be in the checkpoint.
        ("prefix", 3, signal.SIGINT),
        ("ia3", 5, signal.SIGTERM),
    ],
)
def test_continues_bit_for_bit_after_a_signal(place, tmp_path, method, step, number):
    undisturbed, out = tmp_path / "undisturbed", tmp_path / "out"
    expected = tune(place, undisturbed, method=method, kept_epochs=[1])
    with pytest.MonkeyPatch.context() as patch:
        at_step(patch, step, lambda: os.kill(os.getpid(), number))
        with pytest.raises(Interrupted) as stopped:
            tune(place, out, method=method, kept_epochs=[1])
    assert stopped.value.signal_number == number
    assert not (out / "train.json").exists()
    record = tune(place, out, method=method, kept_epochs=[1])
    assert record["resumed_from_step"] == step
    assert record["steps"] == STEPS
    assert record["tokens"] == expected["tokens"]
    assert written(out) == written(undisturbed)
    assert kept(out, 1) == kept(undisturbed, 1)
    assert not (out / "checkpoint").exists()


def crash():
    raise ConnectionError("the machine is gone")


def test_continues_from_the_last_periodic_checkpoint_after_a_crash(
    place, finished, tmp_path, monkeypatch
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "Saving", partial(Saving, every=0))
        at_step(patch, 5, crash)
        with pytest.raises(ConnectionError):
            tune(place, tmp_path)
    record = tune(place, tmp_path)
    assert record["resumed_from_step"] == 4
    assert written(tmp_path) == written(finished[0])


def test_a_crash_loses_no_adapter_of_an_epoch(place, tmp_path, monkeypatch):
    tune(place, tmp_path / "undisturbed", kept_epochs=[1])
    with pytest.MonkeyPatch.context() as patch:
        at_step(patch, 5, crash)
        with pytest.raises(ConnectionError):
            tune(place, tmp_path / "out", kept_epochs=[1])
    record = tune(place, tmp_path / "out", kept_epochs=[1])
    assert record["resumed_from_step"] is None
    assert kept(tmp_path / "out", 1) == kept(tmp_path / "undisturbed", 1)
    assert written(tmp_path / "out") == written(tmp_path / "undisturbed")


def test_keeping_adapters_of_epochs_changes_nothing_else(place, finished, tmp_path):
    tune(place, tmp_path, kept_epochs=[1])
    assert written(tmp_path) == written(finished[0])
    first, last = tmp_path / "adapter/epochs/01", tmp_path / "adapter"
    assert [path.name for path in first.parent.iterdir()] == ["01"]
    assert (first / WEIGHTS[0]).read_bytes() != (last / WEIGHTS[0]).read_bytes()
    tuned = load_adapter(tiny_models.model("llava"), FAMILIES["llava"], first)
    saved = load_file(first / "connector.safetensors")
    loaded = dict(tuned.get_base_model().named_parameters())
    assert all(torch.equal(loaded[name], tensor) for name, tensor in saved.items())


def test_tokens_are_those_of_all_epochs(finished):
    spec, family = DATASETS[tiny_runs.DATASET], FAMILIES["llava"]
    encode = Encoder(tiny_models.processor("llava"), family, spec, with_answer=True)
    examples = encode(tiny_runs.rows("train"))
    answer = sum((example.labels != IGNORED).sum().item() for example in examples)
    total = sum(len(example.input_ids) for example in examples)
    assert finished[1]["tokens"] == {"input": 2 * (total - answer), "answer": 2 * answer}


def test_starts_anew_when_anything_of_the_run_changed(place, tmp_path, caplog):
    with pytest.MonkeyPatch.context() as patch:
        at_step(patch, 2, lambda: os.kill(os.getpid(), signal.SIGTERM))
        with pytest.raises(Interrupted):
            tune(place, tmp_path)
    record = tune(place, tmp_path, learning_rate=2e-2)
    assert record["resumed_from_step"] is None
    assert "ignoring checkpoints of other settings, data or code" in caplog.text


def raiser(error):
    def action():
        raise error

    return action


def above_micro_batch(monkeypatch, size, action, first=1):
    """Do `action` at a forward pass of more than `size` samples, from the step `first` on."""
    loss = FineTuner.compute_loss

    def compute_loss(self, model, inputs, *args, **kwargs):
        if len(inputs["input_ids"]) > size and self.state.global_step >= first - 1:
            action()
        return loss(self, model, inputs, *args, **kwargs)

    monkeypatch.setattr(FineTuner, "compute_loss", compute_loss)


@pytest.mark.parametrize(("fits", "tried"), [(4, [8, 4]), (2, [8, 4, 2])])
def test_less_memory_is_tried_with_the_same_global_batch(
    place, tmp_path, monkeypatch, caplog, fits, tried
):
    tune(place, tmp_path / "small", micro_batch_size=fits)
    above_micro_batch(monkeypatch, fits, raiser(MemoryError("none left")))
    record = tune(place, tmp_path / "halved")
    assert (record["status"], record["steps"]) == ("ok", STEPS)
    assert record["micro_batch_sizes"] == tried
    assert record["settings"].get("micro_batch_size") is None
    assert written(tmp_path / "halved") == written(tmp_path / "small")
    assert "none left, with a micro-batch of 8" in caplog.text


def test_running_out_of_memory_costs_no_more_than_since_the_last_checkpoint(
    place, tmp_path, monkeypatch
):
    monkeypatch.setattr(run, "Saving", partial(Saving, every=0))
    above_micro_batch(monkeypatch, 4, raiser(MemoryError("none left")), first=5)
    record = tune(place, tmp_path)
    assert (record["status"], record["steps"]) == ("ok", STEPS)
    assert record["resumed_from_step"] == 4
    assert len([row for row in losses(tmp_path) if row["split"] == "train"]) == STEPS


def test_after_a_kill_the_smaller_micro_batch_stays(place, tmp_path):
    def halving(monkeypatch):
        monkeypatch.setattr(run, "Saving", partial(Saving, every=0))
        above_micro_batch(monkeypatch, 4, raiser(MemoryError("none left")), first=2)

    with pytest.MonkeyPatch.context() as patch:
        halving(patch)
        expected = tune(place, tmp_path / "undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        halving(patch)
        at_step(patch, 5, crash)  # in the third step, the second was tried twice
        with pytest.raises(ConnectionError):
            tune(place, tmp_path / "out")
    record = tune(place, tmp_path / "out")
    assert record["micro_batch_sizes"] == expected["micro_batch_sizes"] == [8, 4]
    assert (expected["resumed_from_step"], record["resumed_from_step"]) == (1, 2)
    assert written(tmp_path / "out") == written(tmp_path / "undisturbed")


def test_a_method_that_does_not_fit_the_model_is_a_result(place, tmp_path):
    settings = tiny_runs.train_settings(place / "llava", "llava", "prefix")
    settings["method"]["location"] = "mlp"
    record = fine_tune(settings, place / "data", tmp_path)
    assert record["status"] == "unsupported"
    assert record["reason"].startswith("prefix does not fit tiny-llava: ")
    assert (record["micro_batch_sizes"], record["steps"]) == ([], 0)
    assert [path.name for path in (tmp_path / "adapter").iterdir()] == ["status.json"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "CUDA out of"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "can't allocate"),
        (MemoryError("none left"), "none left"),
    ],
)
def test_running_out_of_memory_is_a_result(place, tmp_path, monkeypatch, error, reason):
    above_micro_batch(monkeypatch, 0, raiser(error), first=3)
    record = tune(place, tmp_path, kept_epochs=[1])
    assert record["status"] == "oom"
    assert record["reason"].startswith("out of memory: ")
    assert reason in record["reason"]
    assert reason in record["failure"]["excerpt"][-1]
    assert record["micro_batch_sizes"] == [8, 4, 2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter", "loss.csv", "train.json"]
    assert [path.name for path in (tmp_path / "adapter").iterdir()] == ["status.json"]
    assert [row["step"] for row in losses(tmp_path)] == ["1", "2"]


def test_a_loss_that_is_not_finite_is_a_result(place, tmp_path):
    record = tune(place, tmp_path, learning_rate=0.999, connector_learning_rate=1e30)
    assert record["status"] == "diverged"
    step = record["failure"]["step"]
    assert record["reason"] == f"loss is nan at step {step}"
    *_, good, bad = losses(tmp_path)
    assert (bad["step"], bad["loss"]) == (str(step), "nan")
    assert record["failure"]["last_good_loss"] == {"step": step - 1, "loss": float(good["loss"])}
    assert json.loads((tmp_path / "train.json").read_text()) == record


@pytest.mark.parametrize("failed", ["base", "data"])
def test_a_failure_of_the_base_or_the_data_is_passed_on(place, tmp_path, failed):
    failure = Failure(status="no_data", reason=f"no {failed}", excerpt=("said",))
    base, data = place / "llava", tmp_path / "data"
    for split in ("train", "validation"):
        tiny_runs.write_rows([], data / f"{split}.parquet")
    if failed == "data":
        write_json(data / "preparation.json", failure.record())
    else:
        base = tmp_path / "base"
        failure.fill(base)
    settings = tiny_runs.train_settings(base, "llava", kept_epochs=[1])
    record = fine_tune(settings, data, tmp_path / "out")
    assert record.items() >= failure.record().items()
    assert (record["steps"], record["train_samples"], record["micro_batch_sizes"]) == (0, 0, [])
    assert passed_on(tmp_path / "out/adapter") == failure
    assert json.loads((tmp_path / "out/train.json").read_text()) == record
    assert losses(tmp_path / "out") == []


def test_any_other_error_is_raised(place, tmp_path, monkeypatch):
    at_step(monkeypatch, 3, raiser(RuntimeError("shapes do not match")))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        tune(place, tmp_path)
    assert not (tmp_path / "train.json").exists()
    assert not (tmp_path / "adapter").exists()


def test_an_old_adapter_does_not_outlive_a_failed_run(place, tmp_path, monkeypatch):
    tune(place, tmp_path, epochs=1)
    (tmp_path / "train.json").unlink()  # else the training counts as done
    above_micro_batch(monkeypatch, 0, raiser(MemoryError("none left")))
    tune(place, tmp_path, epochs=1)
    assert [path.name for path in (tmp_path / "adapter").iterdir()] == ["status.json"]
