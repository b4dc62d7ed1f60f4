import pytest
import scheduling
from scheduling import Plan
from studies import shipped

from mmpeft.study import load_study
from workflow_tree import copy_workflow


@pytest.fixture
def tree(tmp_path):
    return copy_workflow(tmp_path)


@pytest.mark.parametrize("runs", [100, 10_000])
def test_parts_of_the_paper_are_about_as_large_as_asked_for(runs):
    study = load_study(scheduling.part_with_seeds(shipped("paper"), runs))
    assert len(study.runs) == pytest.approx(runs, rel=0.1)
    assert {one.evaluation for one in study.measurements} == {"transfer", "captions", "mmhal"}
    # As many seeds everywhere: nothing but their number differs between the sizes.
    assert len(study.runs) % len({run.init_seed for run in study.runs}) == 0


def test_a_finished_study_plans_the_runs_of_another_seed_alone(tree, capsys):
    scheduling.measure_further_seed(tree, shipped("smoke"), repeats=1)
    done, more = (line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:])
    assert done[:3] == ["| as it is", "10", "0"]
    assert more[:2] == ["| with another seed", "20"]
    assert int(more[2]) > 2 * 10


def test_other_trainings_than_the_new_ones_are_an_error(tree, monkeypatch):
    monkeypatch.setattr(scheduling, "finish", lambda tree, config: None)
    with pytest.raises(RuntimeError, match="as it is: 0 new runs, but "):
        scheduling.measure_further_seed(tree, shipped("smoke"), repeats=1)


@pytest.mark.parametrize(("asked", "planned"), [(1, 3), (20, 21)])
def test_jobs_without_functions_are_as_many(asked, planned):
    jobs, cost = scheduling.plan_bare(asked)
    assert jobs == planned  # an even number and `all`
    assert f"train{'':2}" in cost.output


def test_growth_is_drawn_with_the_line_that_fits(tmp_path, capsys):
    plans = [Plan(runs, {}, 2 + runs / 500, 1.0, 100 + runs / 10) for runs in (100, 1_000, 10_000)]
    scheduling.write_growth(plans, tmp_path)
    assert capsys.readouterr().out.splitlines() == [
        "wall_seconds: 2.0 + 2.00 per 1,000 runs, R squared 1.0000",
        "peak_mib: 100.0 + 100.00 per 1,000 runs, R squared 1.0000",
    ]
    assert (tmp_path / "growth.csv").read_text().splitlines() == [
        "runs,wall_seconds,cpu_seconds,peak_mib",
        "100,2.2,1.0,110.0",
        "1000,4.0,1.0,200.0",
        "10000,22.0,1.0,1100.0",
    ]
    assert all((tmp_path / f"growth.{suffix}").stat().st_size for suffix in ("png", "svg"))
