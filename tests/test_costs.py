import pytest

from mmpeft.costs import hardware


@pytest.mark.parametrize(
    ("gpus", "name"),
    [([], "a processor, 2 threads"), ([{"name": "NVIDIA H100"}] * 2, "2 x NVIDIA H100")],
)
def test_a_job_is_named_after_its_gpus_or_else_its_processor(gpus, name):
    described = {"gpus": gpus, "processor": "a processor", "threads": 2}

    assert hardware({"provenance": {"hardware": described}}) == name
