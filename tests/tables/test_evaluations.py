from dataclasses import replace

import pandas as pd
import pytest

import paper
from mmpeft import tables
from mmpeft.artefacts import TABLES
from mmpeft.datasets.mini.mmhal import TYPES

TRANSFER = TABLES["table04_generalisation"]
GRADES = TABLES["table05_mmhal"]
CAPTIONS = TABLES["table07_hallucinated_captions"]


def texts(table):
    return {labels[1:]: [cell.text for cell in cells] for labels, cells in table.rows}


def bold(table):
    return {
        (*labels[1:], column)
        for labels, cells in table.rows
        for column, cell in zip(table.columns, cells, strict=True)
        if cell.bold
    }


def with_gap(data, status="failed", reason="out of memory", **of):
    """The same with the rows of these values as gaps, as a failed measurement leaves them."""
    results = data.results.copy()
    place = results["kind"] == "evaluation"
    for column, value in of.items():
        place &= results[column] == value
    results = results[~(place & ~results["headline"])]
    place = place[results.index]
    results.loc[place, ["status", "reason"]] = [status, reason]
    results.loc[place, "value"] = float("nan")
    return replace(data, results=results)


def test_generalisation_of_the_paper_has_the_averages_it_prints():
    table = tables.build(paper.transfers(), TRANSFER)
    assert table.labels == ("Model", "Method", "Trained on", "Tested on")
    assert len(table.rows) == 4 * (6 + 1)
    printed = paper.printed("table4_generalisation")
    for line in printed.itertuples():
        label = (line.method, line.source_domain, line.target_domain)
        shown = texts(table)[label if line.source_domain != "Avg" else (line.method, "Avg", "–")]
        # half a unit of the last printed digit, and a hair for sums that end in ...5
        assert float(shown[line.overfitting_epoch - 1]) == pytest.approx(line.value, abs=0.1001)


def test_the_epoch_at_which_the_paper_says_a_method_generalises_best_is_bold():
    # Section 8: the first over-fitting epoch for Adapter, IA3 and Prefix, the third for LoRA
    best = {
        method: column for method, _, _, column in bold(tables.build(paper.transfers(), TRANSFER))
    }
    assert best == {
        "Adapter": "Over-fitting epoch 1",
        "LoRA": "Over-fitting epoch 3",
        "IA3": "Over-fitting epoch 1",
        "Prefix": "Over-fitting epoch 1",
    }


def test_a_gap_leaves_no_mean_over_pairs(sweeps):
    data = with_gap(
        sweeps, method="lora", dataset="mini-scienceqa", target="mini-vizwiz", epoch_place=2
    )
    table = tables.build(data, TRANSFER)
    shown = texts(table)
    assert shown[("LoRA", "SQA (img)", "VizWiz")] == ["52.0", "failed", "54.0", "55.0"]
    assert shown[("LoRA", "Avg", "–")] == ["52.0", "–", "54.0", "55.0"]
    assert "95 of 96 cells" in " ".join(table.notes)
    assert "out of memory" in " ".join(table.notes)


def test_epochs_behind_the_columns_are_told(sweeps):
    notes = tables.build(sweeps, TRANSFER).notes
    assert (
        "Over-fitting epochs of LLaVA-1.5-7B / IA3: SQA (img) 2, 3, 4, 5; VizWiz 2, 3, 4, 5; "
        "IconQA-txt 2, 3, 4, 5."
    ) in notes
    # definitions are those of the data sets tested on
    assert any(note.startswith("VizWiz (6 test items): what vizwiz_score is") for note in notes)


def test_grades_of_the_paper_are_shown_with_its_columns():
    headings = {heading: metric for metric, heading in GRADES.columns.items()}
    printed = paper.printed("table5_mmhal")
    table = tables.build(
        paper.grades({name: headings[_ours(name)] for name in printed["column"]}), GRADES
    )
    assert list(printed["column"].unique()) == [
        {"Overall score ↑": "Overall Score↑", "Hallucination rate ↓": "Hallucination Rate↓"}.get(
            name, name
        )
        for name in table.columns
    ]
    shown = texts(table)
    for line in printed.itertuples():
        index = table.columns.index(_ours(line.column))
        assert shown[(line.tuned_on, line.method)][index] == f"{line.value:.2f}"
    marked = bold(table)
    # Adapter and Prefix share the lowest rate; the Holistic grade of all methods is 0
    assert {label for label in marked if label[0] == "IconQA-txt" and label[2].startswith("H")} == {
        ("IconQA-txt", "Adapter", "Hallucination rate ↓"),
        ("IconQA-txt", "Prefix", "Hallucination rate ↓"),
    }
    assert ("IconQA-txt", "Adapter", "Overall score ↑") in marked
    assert ("Flickr30k", "Adapter", "Overall score ↑") in marked


def _ours(heading):
    return heading.replace("S", "s").replace("Rate", "rate").replace("↑", " ↑").replace("↓", " ↓")


def test_grades_have_a_column_for_each_type_of_question():
    assert list(GRADES.columns)[2:] == [f"mmhal_{kind}" for kind in TYPES]


def test_a_failed_run_has_no_grades(sweeps):
    data = with_gap(sweeps, evaluation="mmhal", method="lora", dataset="mini-okvqa")
    table = tables.build(data, GRADES)
    assert texts(table)[("OKVQA", "LoRA")] == ["failed"] * 10
    assert texts(table)[("OKVQA", "IA3")] == ["53.00"] + ["5.30"] * 9
    notes = " ".join(table.notes)
    assert "What mmhal_score is; n = 6 answers." in notes
    assert "Answers of each type: n = 1." in notes


def test_hallucinated_captions_of_the_paper():
    table = tables.build(paper.captions(), CAPTIONS)
    assert table.columns == ("Epoch 3", "Epoch 6", "Epoch 9", "Epoch 12", "Avg")
    assert texts(table) == {
        ("IconQA-txt", "Adapter"): ["17", "12", "14", "10", "13.3"],  # 13.25
        ("IconQA-txt", "LoRA"): ["15", "14", "18", "20", "16.8"],
        ("IconQA-txt", "IA3"): ["14", "17", "17", "16", "16.0"],
        ("IconQA-txt", "Prefix"): ["24", "18", "27", "31", "25.0"],
    }
    assert {label[1:] for label in bold(table)} == {
        ("IA3", "Epoch 3"),
        *(("Adapter", name) for name in ("Epoch 6", "Epoch 9", "Epoch 12", "Avg")),
    }


def test_fewer_images_give_fractions_of_100(sweeps):
    results = sweeps.results.copy()
    results.loc[results["metric"] == "hallucinated_captions", "value"] = 100 / 3
    table = tables.build(replace(sweeps, results=results), CAPTIONS)
    assert texts(table)[("IconQA-txt", "LoRA")] == ["33.3"] * 5


def test_captions_tell_gaps_and_how_many_name_nothing(sweeps):
    data = with_gap(sweeps, "missing", "not run yet", evaluation="captions", method="lora", epoch=6)
    table = tables.build(data, CAPTIONS)
    assert texts(table)[("IconQA-txt", "LoRA")] == ["53", "missing", "59", "62", "–"]
    silent = next(note for note in table.notes if "name nothing" in note)
    assert "LLaVA-1.5-7B / IconQA-txt / LoRA 5.3, –, 5.9, 6.2" in silent


def with_scores(data, like, metric, value, n):
    """The same with a further score beside each headline of an evaluation."""
    results = data.results
    rows = results[(results["evaluation"] == like) & results["headline"]]
    more = rows.assign(metric=metric, headline=False, value=value, n=n)
    return replace(data, results=pd.concat([results, more], ignore_index=True))


def test_the_estimate_of_captions_stands_beside_under_its_own_name(sweeps):
    data = with_gap(sweeps, reason="not judged yet", evaluation="captions", method="lora", epoch=6)
    data = with_scores(data, "captions", "captions_with_unreferenced_objects", 12.5, 6)
    data.results.loc[data.results["metric"].str.startswith("captions_with"), "status"] = "ok"
    table = tables.build(data, CAPTIONS)
    assert texts(table)[("IconQA-txt", "LoRA")] == ["53", "failed", "59", "62", "–"]
    (note,) = [note for note in table.notes if note.startswith("Estimate without a judge")]
    assert "LLaVA-1.5-7B / IconQA-txt / LoRA 12.5, 12.5, 12.5, 12.5" in note
    assert not [note for note in tables.build(sweeps, CAPTIONS).notes if "Estimate" in note]


def test_answers_without_a_grade_are_told(sweeps):
    table = tables.build(with_scores(sweeps, "mmhal", "mmhal_ungraded", 1 / 3, 6), GRADES)
    (note,) = [note for note in table.notes if "without a grade" in note]
    assert "LLaVA-1.5-7B / OKVQA / LoRA 2 of 6" in note
    assert not [note for note in tables.build(sweeps, GRADES).notes if "without a grade" in note]
