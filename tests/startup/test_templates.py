"""Jobs run as forks of a template: real scripts, real processes, real signals."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mmpeft
import tiny_runs
from mmpeft.startup import start_templates
from mmpeft.startup.address import HELD, VARIABLE, socket_of
from tiny_models import FAMILY_NAMES

SCRIPTS = Path(mmpeft.__file__).parents[1]
JOB = """
import json, os, signal, sys, time
from mmpeft.startup import start

def main():
    where = {
        "preloaded": "seaborn" in sys.modules,
        "arguments": sys.argv[1:],
        "folder": os.getcwd(),
        "note": os.environ.get("NOTE"),
        "pid": os.getpid(),
    }
    print(json.dumps(where), flush=True)
    ACTION

if __name__ == "__main__":
    start(main, "rendering")
"""


@pytest.fixture(scope="module")
def templates():
    """Folder of the templates' sockets."""
    before = dict(os.environ)
    processes = start_templates(SCRIPTS / "template.py")
    folder = Path(os.environ[VARIABLE])
    os.environ.clear()
    os.environ.update(before)
    yield folder
    for process in processes:
        process.stdin.close()
    assert [process.wait(60) for process in processes] == [0] * len(processes)
    assert not folder.exists()


@pytest.fixture
def job(tmp_path, templates):
    """Start a script whose last line is `action`; `offered`: whether it may use the templates."""

    def begin(
        action: str = "pass",
        *arguments: str,
        offered: Path | None = templates,
        held: tuple[int, ...] = (),
    ):
        script = tmp_path / f"job_{len([*tmp_path.iterdir()])}.py"
        script.write_text(JOB.replace("ACTION", action))
        environment = os.environ | {"PYTHONPATH": str(SCRIPTS), "NOTE": "seen"}
        if offered is not None:
            environment[VARIABLE] = str(offered)
        return subprocess.Popen(
            [sys.executable, script, *arguments],
            cwd=tmp_path,
            env=environment | {HELD: ",".join(map(str, held))},
            pass_fds=held,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


def described(process):
    """What the job said of itself, before it acts."""
    return json.loads(process.stdout.readline())


def test_a_fork_has_the_libraries_and_all_that_its_job_had(job, tmp_path):
    process = job("pass", "--out", "a b")
    said = described(process)
    assert process.wait(60) == 0
    assert said.pop("pid") != process.pid
    assert said == {
        "preloaded": True,
        "arguments": ["--out", "a b"],
        "folder": str(tmp_path),
        "note": "seen",
    }


@pytest.mark.parametrize("folder", [None, Path("/nowhere")])
def test_without_a_template_a_job_runs_where_it_is(job, folder):
    process = job(offered=folder)
    said = described(process)
    assert process.wait(60) == 0
    assert said["pid"] == process.pid
    assert not said["preloaded"]


def test_a_socket_that_nobody_listens_to_is_no_template(job, tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_of("rendering", tmp_path)))
    process = job(offered=tmp_path)
    assert described(process)["pid"] == process.pid


@pytest.mark.parametrize(
    ("action", "status", "stderr"),
    [
        ("sys.exit(7)", 7, ""),
        ("sys.exit('no such thing')", 1, "no such thing\n"),
        ("sys.exit()", 0, ""),
        ("os.kill(os.getpid(), signal.SIGKILL)", 128 + signal.SIGKILL, ""),
    ],
)
def test_a_job_ends_as_its_fork_ended(job, action, status, stderr):
    process = job(action)
    assert process.communicate(timeout=60)[1] == stderr
    assert process.returncode == status


def test_an_error_is_told_where_the_job_tells_its_errors(job):
    process = job("raise ValueError('a reason')")
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert stderr.startswith("Traceback")
    assert stderr.endswith("ValueError: a reason\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_fork_which_decides(job, number):
    process = job(
        "signal.signal(signal.SIGTERM, lambda *a: sys.exit(5));"
        "signal.signal(signal.SIGINT, lambda *a: sys.exit(5));"
        "print('ready', flush=True); time.sleep(60)"
    )
    described(process)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert process.wait(60) == 5


def test_the_fork_of_a_killed_job_is_told_to_end(job):
    process = job(
        "signal.signal(signal.SIGTERM, lambda *a: (print('told', flush=True), os._exit(0)));"
        "print('ready', flush=True); time.sleep(60)"
    )
    described(process)
    assert process.stdout.readline() == "ready\n"
    process.kill()
    assert process.stdout.readline() == "told\n"


def test_a_lease_lasts_until_the_fork_of_a_killed_job_has_ended(job, tmp_path):
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = job(
            "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
            "print('ready', flush=True); time.sleep(600)",
            held=(lock.fileno(),),
        )
        fork = described(process)["pid"]
        assert process.stdout.readline() == "ready\n"
    process.kill()
    process.wait(60)
    assert not can_lock(tmp_path / "lock")
    os.kill(fork, signal.SIGKILL)
    while not can_lock(tmp_path / "lock"):
        time.sleep(0.01)


def can_lock(path):
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_templates_outlive_their_workflow_until_the_last_job_is_done(job, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    processes = start_templates(SCRIPTS / "template.py")
    folder = Path(os.environ[VARIABLE])
    running = job("sys.exit(int(sys.stdin.read()))", offered=folder)
    described(running)
    for process in processes:
        process.stdin.close()
    while folder.exists():
        time.sleep(0.01)
    assert running.poll() is None
    running.communicate("3", timeout=60)
    assert running.returncode == 3
    assert [process.wait(60) for process in processes] == [0] * len(processes)


def test_jobs_share_the_libraries_and_nothing_else(job):
    show = "import pandas; print(pandas.options.display.width)"
    first = job(f"import pandas; pandas.options.display.width = 7; {show}")
    second = job(show)
    assert first.communicate(timeout=60)[0].splitlines()[1] == "7"
    assert second.communicate(timeout=60)[0].splitlines()[1] == "80"


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_a_training_gives_the_same_numbers_in_a_fork(tmp_path, templates, family):
    tiny_runs.write_data(tmp_path / "data")
    settings = tiny_runs.train_settings(
        tiny_runs.write_base(tmp_path / "base", family), family, "lora"
    )
    command = [sys.executable, SCRIPTS / "train.py", "--settings", json.dumps(settings)]
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS), "OMP_NUM_THREADS": "1"}
    written = {}
    for name, more in {"fork": {VARIABLE: str(templates)}, "process": {}}.items():
        out = tmp_path / name
        places = ["--data", tmp_path / "data", "--out", out]
        subprocess.run([*command, *places], env=environment | more, check=True)
        record = json.loads((out / "train.json").read_text())
        assert record["provenance"]["hardware"]["threads"] == 1
        files = ("adapter/adapter_model.safetensors", "adapter/connector.safetensors", "loss.csv")
        written[name] = [record["fingerprint"], *[(out / file).read_bytes() for file in files]]
    assert written["fork"] == written["process"]
