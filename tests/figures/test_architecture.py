from dataclasses import replace

from drawn import texts_of
from mmpeft import figures
from mmpeft.artefacts import FIGURES
from mmpeft.study.capabilities import CAPABILITIES

FIGURE_1 = FIGURES["figure01_architecture"]


def texts(data):
    return texts_of(figures.build(data, FIGURE_1))


def test_names_of_modules_are_those_of_the_models(complete, outlines):
    shown = texts(complete)
    for model in outlines:
        assert model["class"] in shown
        for part in ("visual_encoder", "connector"):
            assert model["parts"][part]["class"] in shown
        for block in model["layer"]["blocks"]:
            assert any(block["class"] in text for text in shown)
            assert {one["name"] for one in block["linears"]} <= set(shown)
    for method in outlines[0]["methods"]:
        assert {tensor["name"] for tensor in method["sites"][0]["tensors"]} <= set(shown)


def test_every_place_of_a_method_has_its_mark(complete, outlines):
    shown = texts(complete)
    for method in outlines[0]["methods"]:
        sites = sum(
            len(one["sites"])
            for m in outlines
            for one in m["methods"]
            if one["method"] == method["method"]
        )
        # one more beside the method's own diagram
        assert shown.count(CAPABILITIES[method["method"]].label[0]) == sites + 1


def test_a_changed_module_changes_the_figure(complete, outlines):
    changed = [{**outlines[0], "class": "Other"}, *outlines[1:]]
    assert "Other" in texts(replace(complete, models=changed))


def test_models_that_are_not_described_are_missing(complete):
    assert texts(replace(complete, models=[])) == ["missing: models are not described yet"]
