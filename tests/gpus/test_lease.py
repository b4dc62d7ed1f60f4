"""Leases by the command that the rules call, as real processes on devices that are mere names."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mmpeft

SCRIPTS = Path(mmpeft.__file__).parents[1]
LEASE = (sys.executable, SCRIPTS / "lease_gpus.py")
# Fails if another job is on one of its devices, and notes which devices it has.
EXCLUSIVE = """
for gpu in $(echo "$CUDA_VISIBLE_DEVICES" | tr , ' '); do mkdir busy-$gpu || exit 9; done
sleep 0.05
for gpu in $(echo "$CUDA_VISIBLE_DEVICES" | tr , ' '); do rmdir busy-$gpu; done
echo "$CUDA_VISIBLE_DEVICES"
"""
HOLD = 'echo "$CUDA_VISIBLE_DEVICES"; read line || true'
TOOLS = ("sh", "mkdir", "rmdir", "sleep", "tr")  # no nvidia-smi, also where there is one
SHOW = 'echo "${CUDA_VISIBLE_DEVICES-unset} ${MMPEFT_GPUS-}"'


@pytest.fixture
def lease(tmp_path):
    """Start a shell command under a lease, on a machine of which nothing is known."""
    started = []
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name))

    def begin(command, gpus=1, **environment):
        process = subprocess.Popen(
            [*LEASE, "--gpus", str(gpus), "--", "sh", "-c", command],
            cwd=tmp_path,
            env={"PATH": str(tools), "TMPDIR": str(tmp_path), "PYTHONPATH": str(SCRIPTS)}
            | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def ended(process, timeout=300):
    """What a process printed; it must have succeeded."""
    stdout, stderr = process.communicate(timeout=timeout)
    assert process.returncode == 0, stderr
    return stdout.strip()


def holder(lease, **arguments):
    """A process that has its lease until its input ends, and what it sees."""
    process = lease(HOLD, **arguments)
    return process, process.stdout.readline().strip()


def test_fifty_jobs_on_four_devices_never_meet_and_use_them_all(lease):
    jobs = [lease(EXCLUSIVE, CUDA_VISIBLE_DEVICES="0,1,2,3") for _ in range(50)]

    assert {ended(job) for job in jobs} == {"0", "1", "2", "3"}


def test_jobs_for_two_devices_among_jobs_for_one_all_end(lease):
    jobs = [
        lease(EXCLUSIVE, gpus=1 + number % 2, CUDA_VISIBLE_DEVICES="0,1,2") for number in range(20)
    ]

    assert [len(ended(job).split(",")) for job in jobs] == [1, 2] * 10


def test_a_job_for_two_is_not_overtaken_by_jobs_for_one(lease, tmp_path):
    first, _ = holder(lease, CUDA_VISIBLE_DEVICES="0,1")
    pair = lease(f"echo pair >> order; {HOLD}", gpus=2, CUDA_VISIBLE_DEVICES="0,1")
    wait_until(lambda: in_line(tmp_path))
    single = lease("echo single >> order", CUDA_VISIBLE_DEVICES="0,1")
    first.communicate("\n", timeout=60)
    assert pair.stdout.readline() == "0,1\n"
    pair.communicate("\n", timeout=60)
    ended(single)

    assert (tmp_path / "order").read_text().split() == ["pair", "single"]


def in_line(folder):
    """Whether a job waits for devices, by what the kernel lists of locks."""
    lines = {str(path.stat().st_ino) for path in (folder / "mmpeft-gpus/machine").glob("line-*")}
    held = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return any(fields[-3].rpartition(":")[2] in lines for fields in held)


def wait_until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_killed_holder_frees_its_lease(lease):
    process, device = holder(lease, CUDA_VISIBLE_DEVICES="7")
    waiting = lease(SHOW, CUDA_VISIBLE_DEVICES="7")
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(1)
    process.send_signal(signal.SIGKILL)

    assert device == "7"
    assert ended(waiting) == "7 1"


def test_what_a_killed_job_has_started_keeps_the_lease_until_it_ends(lease, tmp_path):
    process = lease("sleep 600 & echo $!; wait", CUDA_VISIBLE_DEVICES="7")
    child = int(process.stdout.readline())
    process.kill()
    process.wait(60)
    waiting = lease(SHOW, CUDA_VISIBLE_DEVICES="7")
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(1)
    os.kill(child, signal.SIGKILL)

    assert ended(waiting) == "7 1"


def test_users_share_the_locks_whatever_their_umask(lease, tmp_path):
    ended(lease(SHOW, CUDA_VISIBLE_DEVICES="7"))
    folder = tmp_path / "mmpeft-gpus/machine"

    assert folder.stat().st_mode & 0o7777 == 0o1777
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o444}


def test_a_job_that_asks_for_none_sees_none_and_locks_nothing(lease, tmp_path):
    assert ended(lease(SHOW, gpus=0, CUDA_VISIBLE_DEVICES="0,1")) == "0"
    assert not (tmp_path / "mmpeft-gpus").exists()


@pytest.mark.parametrize("allocation", ["SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"])
def test_what_a_batch_system_assigned_is_left_as_it_is(lease, tmp_path, allocation):
    assigned = {allocation: "17", "CUDA_VISIBLE_DEVICES": "2,3"}

    assert ended(lease(SHOW, gpus=2, **assigned)) == "2,3 2"
    assert not (tmp_path / "mmpeft-gpus").exists()


def test_jobs_in_one_allocation_share_it_and_do_not_wait_for_another(lease):
    held = [holder(lease, SLURM_JOB_ID="17", CUDA_VISIBLE_DEVICES="0,1")[1] for _ in range(2)]
    other = lease(SHOW, SLURM_JOB_ID="18", CUDA_VISIBLE_DEVICES="0,1")

    assert held == ["0", "1"]
    assert ended(other) == "0 1"


@pytest.mark.parametrize(
    ("environment", "source"),
    [
        ({}, "this machine has 0"),
        ({"CUDA_VISIBLE_DEVICES": "5"}, "CUDA_VISIBLE_DEVICES has 1"),
        ({"SLURM_JOB_ID": "17"}, "SLURM_JOB_ID-17 has 0"),
    ],
)
def test_without_enough_gpus_a_job_ends_with_the_reason(lease, environment, source):
    process = lease(SHOW, gpus=2, **environment)

    assert process.wait(60) == 1
    assert f"2 GPUs asked for, {source}; MMPEFT_CPU_FALLBACK=1 runs" in process.stderr.read()


def test_the_cpu_takes_its_place_only_where_the_user_said_so(lease):
    process = lease(SHOW, CUDA_VISIBLE_DEVICES="", MMPEFT_CPU_FALLBACK="1")

    assert process.stdout.readline() == " 0\n"
    assert "runs on the CPU, as MMPEFT_CPU_FALLBACK says" in process.stderr.read()


def test_a_fallback_that_is_neither_yes_nor_no_is_refused(lease):
    process = lease(SHOW, CUDA_VISIBLE_DEVICES="", MMPEFT_CPU_FALLBACK="yes")

    assert process.wait(60) == 1
    assert "MMPEFT_CPU_FALLBACK is 'yes'; legal: 0, 1" in process.stderr.read()
