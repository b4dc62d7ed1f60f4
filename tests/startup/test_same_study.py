from mmpeft.startup import same_study

STUDY = {"name": "a", "training": {"batch_size": 8}}
EDITED = {"name": "a", "training": {"batch_size": 16}}


def test_a_job_reads_what_was_planned():
    environment = {}
    assert same_study(STUDY, environment, planning=True)
    assert same_study(dict(reversed(STUDY.items())), environment, planning=False)
    assert not same_study(EDITED, environment, planning=False)


def test_an_edited_study_can_be_planned_anew():
    environment = {}
    assert same_study(STUDY, environment, planning=True)
    assert same_study(EDITED, environment, planning=True)
    assert same_study(EDITED, environment, planning=False)


def test_where_nothing_is_handed_on_nothing_is_said():
    assert same_study(STUDY, {}, planning=False)
