import html
import subprocess
import sys

import pytest
import yaml

from example_study import example_study
from mmpeft.artefacts import ARTEFACTS, FIGURES, TABLES
from mmpeft.report import entries
from mmpeft.study import load_study
from workflow_tree import ROOT


@pytest.fixture(scope="module")
def mini():
    return load_study(yaml.safe_load((ROOT / "studies/mini.yaml").read_text(encoding="utf-8")))


def test_names_have_the_number_of_the_paper_and_are_told_apart():
    assert entries.name(TABLES["table13_location_qwen"]).startswith("Table 13 · Location")
    assert entries.name(TABLES["coverage"]) == "Coverage"
    assert len({entries.name(artefact) for artefact in ARTEFACTS.values()}) == len(ARTEFACTS)


def test_a_caption_has_models_methods_items_and_seeds(mini):
    caption = entries.caption(mini, TABLES["table06_size"])
    assert caption.startswith(html.escape(TABLES["table06_size"].caption))
    assert caption.endswith(
        "Models: LLaVA-1.5-7B. Methods: Adapter, LoRA, Prefix. "
        "Test items: 300 of SQA (img), OKVQA. Seeds: 21, 42, 63 (n = 3 for each setting)."
    )


def test_a_figure_of_one_data_set_names_that_one_alone(mini):
    assert "Test items: 300 of SQA (img). " in entries.caption(mini, FIGURES["figure05_size"])
    gallery = entries.caption(mini, FIGURES["figure14_answers_flickr30k"])
    assert "Test items: 200 of Flickr30k. " in gallery
    assert "Models: LLaVA-1.5-13B. " in gallery


def test_an_evaluation_has_the_items_of_its_targets(mini):
    caption = entries.caption(mini, TABLES["table05_mmhal"])
    assert "Test items: 96 of MMHal-Bench. Seeds: 42 (n = 1 for each setting)." in caption


def test_an_artefact_of_the_study_itself_has_its_caption_only(mini):
    table = TABLES["table10_prompts"]
    assert entries.caption(mini, table) == html.escape(table.caption)


def test_labels_of_a_study_are_escaped():
    config = example_study()
    config["models"]["mini-llava-7b"]["label"] = "</script>&"
    caption = entries.caption(load_study(config), TABLES["table01_main"])
    assert "Models: &lt;/script&gt;&amp;, Qwen-VL-Chat." in caption


def test_the_workflow_gets_captions_without_heavy_imports():
    code = (
        "import sys, mmpeft.report.entries;"
        "print({'pandas', 'matplotlib', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "workflow_scripts")},
    )
    assert done.stdout.strip() == "set()"
