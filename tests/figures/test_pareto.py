from dataclasses import replace

import pytest

import synthetic
from drawn import texts_of
from mmpeft import figures
from mmpeft.artefacts import FIGURES
from mmpeft.figures.pareto import trade_offs

PARAMETERS, MEMORY = FIGURES["pareto_parameters"], FIGURES["pareto_memory"]
KEY = ["model_label", "method_label", "connector_label"]
SMALL = "LLaVA-1.5-7B"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    study = synthetic.study()
    return synthetic.collected(
        synthetic.write_records(tmp_path_factory.mktemp("study"), study), study
    )


def of_main(data, **labels):
    chosen = data.results["experiment"] == "main"
    for axis, label in labels.items():
        chosen &= data.results[f"{axis}_label"] == label
    return chosen


def test_cost_and_score_of_a_point(data):
    points = trade_offs(data, PARAMETERS).set_index(KEY)
    assert len(points) == 2 * 4 * 2
    tuned = points.loc[(SMALL, "LoRA", "tuned")]
    assert tuned["cost"] == synthetic.TRAINABLE["lora"] + 3_000
    # two unseen sets: 30 + 30 + 2 each; two seen ones: 70 + 3 + 2
    assert tuned["score"] == pytest.approx((62 + 62 + 75 + 75) / 4)


def test_the_front_has_what_nothing_beats_in_both(data):
    points = trade_offs(data, PARAMETERS)
    best = points[points["best"] & (points["model_label"] == SMALL)]
    # Prefix costs more and scores less than IA3; the other two score the more the more they cost.
    assert [tuple(row) for row in best[KEY[1:]].to_numpy()] == [
        ("Adapter", "frozen"),
        ("Adapter", "tuned"),
        ("LoRA", "frozen"),
        ("LoRA", "tuned"),
        ("IA3", "frozen"),
        ("IA3", "tuned"),
    ]


def test_of_equal_points_both_are_on_the_front(data):
    results = data.results.copy()
    results.loc[of_main(data), ["trainable_parameters", "value"]] = [100, 50.0]
    assert trade_offs(replace(data, results=results), PARAMETERS)["best"].all()


def test_memory_is_that_of_the_gpu_where_there_is_one(data):
    assert set(trade_offs(data, MEMORY)["cost"]) == {0.8}
    gpu = replace(data, results=data.results.assign(train_peak_gpu_memory_bytes=3_000_000_000))
    assert set(trade_offs(gpu, MEMORY)["cost"]) == {3.0}


def test_a_gap_is_named_and_on_no_front(data):
    results = data.results.copy()
    lost = of_main(data, model=SMALL, method="LoRA", connector="tuned", dataset="OKVQA")
    results.loc[lost, ["status", "value"]] = ["failed", float("nan")]
    changed = replace(data, results=results)
    points = trade_offs(changed, PARAMETERS).set_index(KEY)
    assert not points.loc[(SMALL, "LoRA", "tuned"), "best"]
    assert points.loc[("LLaVA-1.5-13B", "LoRA", "tuned"), "best"]
    assert "gap\nLoRA tuned" in texts_of(figures.build(changed, PARAMETERS))


def test_a_panel_a_model_with_one_axis_of_costs(data):
    figure = figures.build(data, PARAMETERS)
    assert [panel.get_title() for panel in figure.axes] == [f"(a) {SMALL}", "(b) LLaVA-1.5-13B"]
    assert {panel.get_xscale() for panel in figure.axes} == {"log"}
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert "un-tuned: 50.0" in texts_of(figure)
    assert figure.get_supylabel().startswith("Average score over 4 data sets\n(points, n = ")


def test_an_axis_names_the_units_that_an_average_mixes(data):
    results = data.results.copy()
    results["task"] = results["task"].where(results["dataset"] != "mini-okvqa", "caption")
    figure = figures.build(replace(data, results=results), PARAMETERS)
    assert figure.get_supylabel().splitlines()[1] == "(percent; CIDEr × 100 of OKVQA)"


def test_memory_of_different_micro_batches_is_marked_as_not_comparable(data):
    results = data.results.copy()
    assert figures.build(data, MEMORY).get_supxlabel() == "Peak training memory (GB)"
    results.loc[of_main(data, method="IA3"), "train_micro_batch_size"] = 4
    other = replace(data, results=results)
    told = "not comparable: micro-batches of 4 or 16"
    assert told in figures.build(other, MEMORY).get_supxlabel()
    assert told not in figures.build(other, PARAMETERS).get_supxlabel()
