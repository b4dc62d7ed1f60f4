import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

import tiny_runs
from methods.cases import METHOD_SETTINGS
from mmpeft.failures import passed_on
from mmpeft.training.processes import in_processes
from mmpeft.training.trainer import EpochOrder, MicroBatches

ROOT = Path(__file__).resolve().parents[2]
FILES = ("adapter/adapter_model.safetensors", "adapter/connector.safetensors")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    for family in ("llava", "qwen_vl"):
        tiny_runs.write_base(folder / family, family)
    tiny_runs.write_data(folder / "data")
    return folder


def environment():
    return os.environ | {
        "PYTHONPATH": str(ROOT / "workflow_scripts"),
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }


def start(number, place, out, family="llava", method="lora", seconds=0.0, fits=None, **changes):
    """Train in a process of its own, which starts `number` others; dropout would differ in each.

    fits: samples that the last of them has memory for.
    """
    settings = tiny_runs.train_settings(place / family, family, method, **changes)
    if "dropout" in METHOD_SETTINGS[method]:
        settings["method"]["dropout"] = changes.get("dropout", 0.0)
    fits = [] if fits is None else [fits]
    command = [ROOT / "tests/several_processes.py", number, json.dumps(settings)]
    return subprocess.Popen(
        [sys.executable, *map(str, [*command, place / "data", out, seconds, *fits])],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def tune(*args, **changes):
    process = start(*args, **changes)
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 0, said
    return json.loads((Path(args[2]) / "train.json").read_text())


def losses(out):
    with (out / "loss.csv").open() as file:
        return [(row["step"], row["split"], float(row["loss"])) for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("family", "method"),
    [("llava", "lora"), ("qwen_vl", "prefix")],
)
def test_two_processes_train_as_one_does(place, tmp_path, family, method):
    # Of 17 samples in batches of 8 the last batch has one, which only one process can have.
    changes = {"train_samples": 17, "micro_batch_size": 2, "kept_epochs": [1]}
    one, two = (
        tune(number, place, tmp_path / str(number), family, method, **changes) for number in (1, 2)
    )
    assert (one["processes"], two["processes"]) == (1, 2)
    assert one["steps"] == two["steps"] == 6
    assert one["tokens"] == two["tokens"]
    expected, found = losses(tmp_path / "1"), losses(tmp_path / "2")
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in expected], abs=1e-4)
    for file in FILES:
        first, second = (load_file(tmp_path / number / file) for number in ("1", "2"))
        assert first.keys() == second.keys()
    assert (tmp_path / "2/adapter/epochs/01/adapter_model.safetensors").exists()
    assert not (tmp_path / "2/checkpoint").exists()


def wait_for_steps(process, number):
    for _ in range(number):
        while "step" not in process.stdout.readline():
            assert process.poll() is None


def members(process):
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


def test_a_signal_or_a_kill_ends_all_and_the_next_start_continues_bit_for_bit(place, tmp_path):
    changes = {"dropout": 0.05, "micro_batch_size": 2}
    tune(2, place, tmp_path / "undisturbed", **changes)
    process = start(2, place, tmp_path / "out", seconds=0.2, **changes)
    wait_for_steps(process, 6)  # three micro-batches of each process, in the second of three steps
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 128 + signal.SIGTERM, said
    # Where the machine is slow, the signal comes in a later step.
    (stopped,) = re.findall(r"stopped by SIGTERM after step (\d)", said)
    process = start(2, place, tmp_path / "out", seconds=0.2, **changes)
    wait_for_steps(process, 1)
    _, second = members(process)
    os.kill(int(second), signal.SIGKILL)
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 128 + signal.SIGKILL, said
    record = tune(2, place, tmp_path / "out", **changes)
    assert record["resumed_from_step"] == int(stopped)
    for file in (*FILES, "loss.csv"):
        assert (tmp_path / "out" / file).read_bytes() == (
            tmp_path / "undisturbed" / file
        ).read_bytes()


def test_a_process_without_memory_starts_all_anew_with_less_at_a_time(place, tmp_path):
    tune(2, place, tmp_path / "undisturbed")
    record = tune(2, place, tmp_path / "out", fits=2)
    assert (record["status"], record["processes"]) == ("ok", 2)
    assert (record["micro_batch_sizes"], record["resumed_from_step"]) == ([4, 2], 2)
    expected, found = losses(tmp_path / "undisturbed"), losses(tmp_path / "out")
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in expected], abs=1e-4)
    assert not (tmp_path / "out/checkpoint").exists()


def test_no_memory_for_the_smallest_of_three_is_a_result_of_all_processes(place, tmp_path):
    record = tune(2, place, tmp_path, fits=0)
    assert (record["status"], record["processes"]) == ("oom", 2)
    assert record["reason"] == "out of memory: none left"
    assert record["failure"]["excerpt"][-1] == "MemoryError: none left"
    assert record["micro_batch_sizes"] == [4, 2, 1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter", "loss.csv", "train.json"]
    assert passed_on(tmp_path / "adapter") == passed_on(tmp_path / "train.json")


STOPPED = """
import os, signal, time
from mmpeft.startup import import_libraries
import_libraries()
from mmpeft.training import processes
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def work():
    if processes.is_first():
        os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(1)
    processes.start_anew()
processes.in_processes(2, work)
"""


def test_a_signal_meanwhile_stops_it_instead():
    done = subprocess.run([sys.executable, "-c", STOPPED], env=environment(), timeout=120)
    assert done.returncode == 128 + signal.SIGTERM


INTERRUPTED = """
import os, signal, time
from mmpeft.startup import import_libraries
import_libraries()
from mmpeft.training.processes import in_processes
# Where a shell has started this in the background, the signal is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
def work():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
in_processes(2, work)
"""


def test_an_interrupt_outside_of_the_training_is_no_success():
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], env=environment(), check=False)
    assert done.returncode == 128 + signal.SIGINT


def test_an_error_in_one_process_ends_all(place, tmp_path):
    process = start(2, place, tmp_path, train_samples=25)
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 1
    assert "asked for 25 training samples, the data set has 24" in said
    assert not (tmp_path / "train.json").exists()


def test_a_batch_that_cannot_be_shared_is_refused(place, tmp_path):
    process = start(2, place, tmp_path, batch_size=7)
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 1
    assert "batch_size 7 cannot be shared by 2 processes" in said


def test_one_process_is_this_one():
    found = []
    in_processes(1, found.append, os.getpid())
    assert found == [os.getpid()]


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("size", [48, 47, 25])
@pytest.mark.parametrize("micro", [1, 2, 4])
def test_every_sample_is_in_one_part_of_its_batch(processes, size, micro):
    order = EpochOrder(size, 1)
    samplers = [MicroBatches(order, 24, micro, rank, processes) for rank in range(processes)]
    parts = [list(sampler) for sampler in samplers]
    assert {len(part) for part in parts} == {len(sampler) for sampler in samplers}
    assert {len(sampler) for sampler in samplers} == {len(samplers[0])}
    assert all(0 < len(batch) <= micro for part in parts for batch in part)
    steps = 24 // (micro * processes)
    first = [index for part in parts for batch in part[:steps] for index in batch]
    assert sorted(first) == sorted(list(order)[:24])
    counted = [i for part in parts for batch in part for i in batch if i >= 0]
    assert sorted(counted) == list(range(size))
