import run_all
from checkout import ROOT


def test_every_benchmark_is_there():
    for command in run_all.BENCHMARKS.values():
        assert (ROOT / "benchmarks" / command.split()[0]).exists()


def test_a_page_has_every_table_with_its_command(tmp_path, monkeypatch):
    monkeypatch.setattr(run_all, "BENCHMARKS", {"Scoring": "score_vqa.py --questions 20"})
    assert run_all.measure(tmp_path)
    page = (tmp_path / run_all.PAGE).read_text()
    assert "## Scoring\n\n`python benchmarks/score_vqa.py --questions 20`\n\n| preproc" in page
    assert "\n| evalai | 20 |" in page
    assert " cores, " in page
    assert "torch 2." in page


def test_a_benchmark_that_fails_is_told_and_the_others_run(tmp_path, monkeypatch):
    broken = {"Broken": "score_vqa.py --questions none", "Scoring": "score_vqa.py --questions 20"}
    monkeypatch.setattr(run_all, "BENCHMARKS", broken)
    assert not run_all.measure(tmp_path)
    page = (tmp_path / run_all.PAGE).read_text()
    assert "invalid int value: 'none'" in page.partition("## Scoring")[0]
    assert "\n| evalai | 20 |" in page
