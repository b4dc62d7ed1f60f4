import evaluation
import pytest
from studies import shipped

from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.registry import DATASETS
from mmpeft.study import load_study


@pytest.mark.parametrize("model", evaluation.MODELS)
@pytest.mark.parametrize("dataset", evaluation.TASKS)
def test_both_ways_give_the_same_answers(model, dataset, monkeypatch):
    rows = [generate_row(dataset, "test", index) for index in range(6)]
    settings = load_study(shipped("mini")).evaluate_settings(model, dataset)
    (loop, slow), (suite, fast) = (
        answers(settings, DATASETS[dataset], rows, None)
        for answers in (evaluation.one_by_one, evaluation.ours)
    )
    assert loop == suite
    assert any(loop)
    assert slow > 0
    assert fast > 0


def test_a_line_for_the_base_and_one_for_an_adapter(monkeypatch, capsys):
    monkeypatch.setattr(evaluation, "TRAIN_ROWS", 16)
    evaluation.compare(["mini-llava-7b"], ["mini-okvqa"], test_rows=4, pairs=1)
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[:4] for row in rows] == [
        ["mini-llava-7b", "mini-okvqa", adapter, "4"] for adapter in ("none", "LoRA")
    ]
    assert [row[-1] for row in rows] == ["0", "0"]
