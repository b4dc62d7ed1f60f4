import pytest
import torch

from mmpeft.gpus import require_gpus

FOUND = torch.cuda.device_count()


def test_a_job_that_finds_what_it_was_given_goes_on(monkeypatch, capsys):
    for promised in {0, FOUND}:
        monkeypatch.setenv("MMPEFT_GPUS", str(promised))
        require_gpus()
    monkeypatch.delenv("MMPEFT_GPUS")
    require_gpus()
    assert capsys.readouterr().err == ""


def test_a_job_that_finds_less_ends(monkeypatch):
    monkeypatch.setenv("MMPEFT_GPUS", str(FOUND + 1))
    monkeypatch.delenv("MMPEFT_CPU_FALLBACK", raising=False)
    with pytest.raises(SystemExit, match=f"{FOUND + 1} GPUs were given .* can use {FOUND};"):
        require_gpus()


def test_it_goes_on_where_the_user_wants_the_cpu_and_says_so(monkeypatch, capsys):
    monkeypatch.setenv("MMPEFT_GPUS", str(FOUND + 1))
    monkeypatch.setenv("MMPEFT_CPU_FALLBACK", "1")
    require_gpus()
    assert "runs on the CPU, as MMPEFT_CPU_FALLBACK says" in capsys.readouterr().err
