import html
from dataclasses import replace

import pytest

from mmpeft.artefacts import ARTEFACTS, FIGURES, TABLES
from mmpeft.report.captions import caption, write_caption

ALL = "Adapter, LoRA, IA3, Prefix"


def told(data, artefact):
    """What a caption says beside that of the declaration."""
    text = html.unescape(caption(data, artefact))
    assert text.startswith(artefact.caption)
    return text.removeprefix(artefact.caption).strip()


def test_a_caption_has_models_methods_items_and_seeds(sweeps):
    assert told(sweeps, TABLES["table06_size"]) == (
        "Models: LLaVA-1.5-7B. Methods: Adapter, LoRA, Prefix. "
        "Test items: 50 of SQA (img), OKVQA. Seeds: 21, 42, 63 (n = 3 for each setting)."
    )


def test_items_are_those_that_a_score_is_over_not_the_test_split(sweeps):
    results = sweeps.results.copy()
    on = results["dataset_label"] == "SQA (img)"
    results.loc[on & (results["metric"] == "option_accuracy"), "n"] = 31
    results.loc[results["evaluation"] == "captions", "n"] = 40
    data = replace(sweeps, results=results)
    assert "Test items: 31 of SQA (img); 50 of OKVQA. " in told(data, TABLES["table06_size"])
    assert "Test items: 40 of Flickr30k. " in told(data, FIGURES["figure09_hallucination"])
    whole = results[results["metric"] == "option_accuracy_all"]["n"].unique()
    assert f"Test items: {whole.item()} of SQA (all). " in told(data, FIGURES["figure05_size"])
    every = told(data, TABLES["statistics_scores"])
    assert "Test items: 6 or 31 of SQA (img); " in every
    assert "; 50 of OKVQA; 40 of Flickr30k; 6 of MMHal-Bench. " in every


def test_a_gallery_has_the_runs_and_items_of_its_examples(sweeps):
    cells = [one for one in sweeps.study["cells"] if one["experiment"] == "main"]
    lora = [{"examples": "answers", **one} for one in cells if one["method"] == "lora"]
    data = replace(sweeps, study={**sweeps.study, "examples": lora})
    assert told(data, FIGURES["figure15_answers_okvqa"]) == (
        "Models: LLaVA-1.5-7B. Methods: LoRA. Test items: 50 of OKVQA. "
        "Seeds: 42 (n = 1 for each setting)."
    )


def test_what_is_of_all_experiments_names_all_methods_and_numbers_of_runs(sweeps):
    for artefact in (TABLES["statistics_scores"], TABLES["compared_scores"]):
        text = told(sweeps, artefact)
        assert text.startswith(f"Models: LLaVA-1.5-7B, Qwen-VL-Chat. Methods: {ALL}. Test items: ")
        assert text.endswith("Seeds: 21, 42, 63 (n = 1 or 3 for each setting).")
    main = told(sweeps, FIGURES["compared_main"])
    assert main.startswith(f"Models: LLaVA-1.5-7B. Methods: {ALL}. Test items: 50 of ")
    assert main.endswith("Seeds: 42 (n = 1 for each setting).")


def test_loss_curves_have_no_test_items(sweeps):
    text = told(sweeps, FIGURES["figure07_seed_loss"])
    assert text.endswith("Seeds: 21, 42, 63 (n = 3 for each setting).")
    assert "items" not in text


def test_an_artefact_of_the_study_itself_has_its_caption_only(sweeps):
    assert told(sweeps, TABLES["table10_prompts"]) == ""
    assert told(sweeps, TABLES["coverage"]) == ""


def test_of_reported_numbers_what_is_not_printed_is_left_out(reported):
    assert told(reported, TABLES["table06_size"]) == (
        "Models: LLaVA-1.5-7B. Methods: Adapter, LoRA, Prefix. Runs for each setting: n = 3."
    )
    single = told(reported, FIGURES["figure05_size"])
    assert single.endswith("Seeds: 42 (n = 1 for each setting).")
    for artefact in ARTEFACTS.values():
        if "reported" in artefact.sources:
            assert "Test items" not in told(reported, artefact)


def test_before_anything_has_run_no_items_are_known(nothing):
    text = told(nothing, TABLES["table01_main"])
    assert text == f"Models: LLaVA-1.5-7B. Methods: {ALL}. Seeds: 42 (n = 1 for each setting)."


@pytest.mark.parametrize("name", ["table01_main", "statistics_scores", "compared_main"])
def test_labels_of_a_study_are_escaped(sweeps, tmp_path, name):
    hostile = "</script>&"
    results, printed = sweeps.results, sweeps.reported.copy()
    labels = results["model_label"].cat.rename_categories({"LLaVA-1.5-7B": hostile})
    printed["model_label"] = printed["model_label"].replace("LLaVA-1.5-7B", hostile)
    data = replace(sweeps, results=results.assign(model_label=labels), reported=printed)
    write_caption(data, ARTEFACTS[name], tmp_path / "caption.html")
    text = (tmp_path / "caption.html").read_text(encoding="utf-8")
    assert "Models: &lt;/script&gt;&amp;" in text
    assert "</script>" not in text
