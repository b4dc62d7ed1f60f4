from studies import shipped, with_one_more_seed, with_seeds

from mmpeft.study import load_study


def test_more_seeds_give_as_many_times_the_runs():
    smoke = shipped("smoke")
    runs = {run.id for run in load_study(smoke).runs}
    threefold = {run.id for run in load_study(with_seeds(smoke, 3)).runs}
    assert len(threefold) == 3 * len(runs)
    assert runs <= threefold
    assert shipped("smoke") == smoke


def test_one_more_seed_keeps_the_runs_that_there_are():
    mini = shipped("mini")
    before, after = (load_study(study).runs for study in (mini, with_one_more_seed(mini)))
    assert set(before) < set(after)
    (new,) = {run.init_seed for run in set(after) - set(before) if run.epochs == 12}
    assert new not in {run.init_seed for run in before}
