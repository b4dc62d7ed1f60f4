from dataclasses import replace

import synthetic
import synthetic_evaluations
from mmpeft import tables
from mmpeft.artefacts import TABLES

COVERAGE = TABLES["coverage"]


def texts(table):
    return {labels: [cell.text for cell in cells] for labels, cells in table.rows}


def test_cells_are_counted_by_status_and_failures_have_reasons(tmp_path):
    study = synthetic.study()
    folder = synthetic.write_records(tmp_path, study)
    failed, missing = study.cells[0].run, study.cells[20].run
    synthetic.fail(folder, failed, "loss is not finite")
    (folder / "runs" / missing.id / "scores.json").unlink()
    (folder / "baselines/constant/mini-vqav2/scores.json").unlink()

    table = tables.build(synthetic.collected(folder, study), COVERAGE)

    rows = texts(table)
    beyond = "Comparison, Fair comparison, Statistics"
    main = rows[("main", f"Table 1, Table 15, Figure 2, {beyond}")]
    varied = "2 models, 4 methods, 2 connector states, 4 data sets"
    assert main == [varied, "64", "62", "1", "1", "loss is not finite (1)"]
    assert rows[("un-tuned bases", "")] == ["2 models, 4 data sets", "8", "8", "0", "0", ""]
    assert rows[("best constant answers", "")] == ["4 data sets", "4", "3", "0", "1", ""]
    assert f"Failed: runs/{failed.id}/scores.json (loss is not finite)." in table.notes


def test_shared_runs_are_counted_once(nothing):
    table = tables.build(nothing, COVERAGE)
    runs = len(synthetic.sweeps().runs)
    assert f"0 of {runs} fine-tuning runs are scored" in table.notes[0]
    rows = texts(table)
    assert sum(int(cells[1]) for labels, cells in rows.items() if labels[1]) > runs
    assert rows[("size", "Table 6, Figure 5, Fair comparison")][1:3] == ["36", "0"]


def test_an_experiment_is_shown_where_what_is_made_of_it_is(nothing):
    examples = [{"examples": "answers", "experiment": "size"}]
    data = replace(nothing, study={**nothing.study, "examples": examples})
    shown = dict(labels for labels, _ in tables.build(data, COVERAGE).rows)
    assert shown["long"] == "Table 4, Table 7, Figures 3 to 4, Figures 8 to 13"
    assert shown["size"] == "Table 6, Figure 5, Figures 14 to 23, Fair comparison"
    assert shown["evaluation: captions"] == "Table 7, Figures 9 to 13"


def test_evaluations_are_counted_and_a_failed_training_is_named_once(tmp_path):
    study = synthetic_evaluations.study()
    folder = synthetic_evaluations.write_records(tmp_path, study)
    transfer = study.measurements[0]
    synthetic.fail(folder, transfer.cell.run, "out of memory")
    synthetic_evaluations.fail(folder, study.measurements[5], "no clean caption")

    table = tables.build(synthetic.collected(folder, study), COVERAGE)

    rows = texts(table)
    shown = rows[("evaluation: transfer", "Table 4, Figure 4")]
    varied = "2 methods, 2 data sets, 2 targets, 2 epochs"
    assert shown == [varied, "8", "6", "2", "0", "out of memory (2)"]
    assert rows[("evaluation: captions", "Table 7, Figures 9 to 13")][-1] == "no clean caption (2)"
    assert rows[("evaluation: mmhal", "Table 5")] == ["", "1", "1", "0", "0", ""]
    failures = [note for note in table.notes if note.startswith("Failed")]
    assert failures == [
        f"Failed: runs/{transfer.cell.run.id}/scores.json (out of memory).",
        f"Failed: evaluations/captions/mini-flickr30k/{study.measurements[5].cell.run.id}/"
        "scores.json (no clean caption).",
    ]
