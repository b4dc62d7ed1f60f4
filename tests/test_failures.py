from mmpeft.failures import STATUS_FILE, SUCCESS, Failure, outcome, passed_on
from mmpeft.files import write_json


def failure(reason="nan at step 3"):
    try:
        raise ArithmeticError(reason)
    except ArithmeticError as error:
        return Failure.of(error, "diverged", reason, step=3)


def test_a_record_tells_all_of_a_failure(tmp_path):
    write_json(tmp_path / "record.json", {"settings": {}, **failure().record()})
    assert passed_on(tmp_path / "record.json") == failure()
    assert failure().excerpt[-1] == "ArithmeticError: nan at step 3"


def test_a_failure_takes_the_place_of_a_folder(tmp_path):
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter/weights").touch()
    failure().fill(tmp_path / "adapter")
    assert [path.name for path in (tmp_path / "adapter").iterdir()] == [STATUS_FILE]
    assert passed_on(tmp_path / "adapter") == failure()


def test_the_first_failure_is_passed_on(tmp_path):
    (tmp_path / "whole").mkdir()
    write_json(tmp_path / "done.json", dict(SUCCESS))
    write_json(tmp_path / "of_an_older_version.json", {"settings": {}})
    before = [tmp_path / n for n in ("whole", "absent", "done.json", "of_an_older_version.json")]
    assert passed_on(*before) is None
    failure("first").fill(tmp_path / "one")
    failure("second").fill(tmp_path / "other")
    assert passed_on(*before, tmp_path / "one", tmp_path / "other") == failure("first")


def test_an_outcome_is_success_or_what_failed():
    assert outcome(None) == {"status": "ok", "reason": None}
    assert outcome(failure()) == failure().record()
