import pytest
from snakemake.resources import Resources

from mmpeft.gpus import gpus_in, over_limit, unlimited


@pytest.mark.parametrize(
    ("resources", "number"),
    [
        (["mem_mb=2"], None),
        (["gpu=2"], 2),
        (["gpu=2 * attempt"], None),
    ],
)
def test_a_number_that_depends_on_the_job_is_not_known(resources, number):
    assert gpus_in(Resources.parse(resources, allow_expressions=True)) == number


def test_a_job_over_the_limit_is_named():
    assert "train (5)" in over_limit({"train": 5, "evaluate": 4}, 4)
    assert "evaluate" not in over_limit({"train": 5, "evaluate": 4}, 4)
    assert "train (1)" in over_limit({"train": 1}, 0)


def test_jobs_within_the_limit_or_without_one_are_fine():
    assert not over_limit({"train": 4}, 4)
    assert not over_limit({"train": 4}, None)


def test_gpu_jobs_without_a_limit_are_named():
    assert "(train)" in unlimited({"train": 1, "evaluate": 0}, None)
    assert unlimited({"train": 1}, 4) is None
    assert unlimited({"train": 0}, None) is None
