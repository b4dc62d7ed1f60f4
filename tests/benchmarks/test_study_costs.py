import pytest
import study_costs


def note(folder, rule, job, seconds):
    file = folder / "benchmarks" / rule / f"{job}.tsv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"s\th:m:s\n{seconds}\t0:00:00\n")


def test_jobs_are_added_up_by_rule(tmp_path, monkeypatch, capsys):
    note(tmp_path, "train", "model/one", 20.0)
    note(tmp_path, "train", "model/two", 30.0)
    (tmp_path / "benchmarks/collect.tsv").write_text("s\th:m:s\n3.5\t0:00:03\n")
    monkeypatch.setattr("sys.argv", ["study_costs.py", str(tmp_path)])
    study_costs.main()
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| train | 2 | 25.0 | 50.0 |",
        "| collect | 1 | 3.50 | 3.50 |",
    ]


def test_a_study_without_records_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no records of jobs"):
        study_costs.job_costs(tmp_path)
