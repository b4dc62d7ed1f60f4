import pytest
import yaml

import paper
import synthetic
from mmpeft import tables
from mmpeft.artefacts import TABLES
from mmpeft.artefacts.kinds import DocumentTable
from mmpeft.collected import Collected
from mmpeft.datasets.facts import METRICS, TASKS
from mmpeft.datasets.registry import DATASETS
from mmpeft.models.facts import FACTS
from mmpeft.study import load_study
from mmpeft.tables.documents import CONTENTS
from workflow_tree import ROOT

DOCUMENTS = [table.id for table in TABLES.values() if isinstance(table, DocumentTable)]


def build(name, study):
    return tables.build(Collected(None, None, study.manifest()), TABLES[name])


def load(name):
    return load_study(yaml.safe_load((ROOT / "studies" / name).read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def at_paper_scale():
    return load("paper.yaml")


@pytest.fixture(scope="module")
def mini():
    return load("mini.yaml")


def texts(table):
    return {labels: [cell.text for cell in cells] for labels, cells in table.rows}


def test_every_content_is_shown():
    assert sorted(TABLES[name].content for name in DOCUMENTS) == sorted(CONTENTS)


def test_every_registered_thing_has_its_facts():
    trained = [spec for spec in DATASETS.values() if spec.trained]
    assert set(TASKS) == {spec.label for spec in trained}
    assert {spec.metric for spec in trained} <= set(METRICS)


def test_data_sets_are_those_the_paper_prints_but_for_its_misprints(at_paper_scale):
    shown = texts(build("table08_datasets", at_paper_scale))
    printed = paper.printed("table8_datasets_as_printed")
    assert len(shown) == len(printed) == 8
    for line in printed.itertuples():
        label = {"Flickr30K": "Flickr30k", "SQA(img)": "SQA (img)"}.get(line.dataset, line.dataset)
        task, split, metric, answer, kind, train, _, _ = shown[(label,)]
        assert (task, split, metric, answer) == (
            line.task,
            line.split,
            line.metric,
            line.answer_type,
        )
        swapped = {"VQAv2": "Seen", "VizWiz": "Unseen"}
        assert kind == swapped.get(label, line.dataset_type.capitalize())
        if label != "Flickr30k":  # its 31k images count those held out from training
            thousands = int(line.train.removesuffix("k"))
            assert abs(int(train.replace(",", "")) / 1000 - thousands) < 1


def test_data_sets_of_a_mini_study_are_said_to_be_generated(mini):
    table = build("table08_datasets", mini)
    assert texts(table)[("OKVQA",)][1] == "generated"
    assert texts(table)[("OKVQA",)][-3:] == ["280", "100", "300"]
    assert any("made by a program" in note for note in table.notes)
    assert any("VizWiz as seen" in note for note in table.notes)


def test_models_that_saw_the_same_share_their_rows(at_paper_scale):
    table = build("table09_seen_data", at_paper_scale)
    rows = texts(table)
    assert rows[("LLaVA-1.5-7B, LLaVA-1.5-13B", "Pre-training")] == ["CC-595K, LLaVA-Instruct-158K"]
    assert rows[("Qwen-VL-Chat", "Fine-tuning")] == ["OKVQA, OCRVQA, VQAv2"]
    assert len(rows) == 2 * 3
    # every model had all three seen sets in its mixture
    assert all({"OKVQA", "OCRVQA", "VQAv2"} <= set(facts.fine_tuned_on) for facts in FACTS.values())


def test_a_model_that_nobody_described_is_a_gap():
    study = synthetic.study()
    manifest = study.manifest()
    manifest["set_up"]["models"][0]["label"] = "Another"
    table = tables.build(Collected(None, None, manifest), TABLES["table09_seen_data"])
    assert dict(table.rows)[("Another", "Pre-training")][0].gap


def test_prompts_are_those_of_the_paper(at_paper_scale):
    rows = build("table10_prompts", at_paper_scale).rows
    prompts = {}
    for (label,), (cell,) in rows:
        prompts.setdefault(label, []).append(cell.text)
    assert len(prompts["Flickr30k"]) == 10
    assert prompts["SQA (img)"] == ["{Question} A.choice 1, B.choice 2, C.choice 3"]
    assert prompts["IconQA-blank"] == [
        "{Question} Fill in the blanks in (_) or answer this question."
    ]
    assert prompts["VizWiz"] == [
        'Question: {Question} When the information is insufficient, respond with "Unanswerable". '
        "Answer the question using a single word or phrase."
    ]


def test_chat_text_of_each_family_is_told(at_paper_scale):
    notes = build("table10_prompts", at_paper_scale).notes
    vicuna = next(
        note
        for note in notes
        if note.startswith("Chat text of LLaVA-1.5-7B, LLaVA-1.5-13B, ShareGPT4V: A chat between")
    )
    assert vicuna.endswith("user's questions. USER: <image> ↵ {Prompt} ASSISTANT:")
    assert any(note.startswith("Chat text of Qwen-VL-Chat: <|im_start|>system") for note in notes)


def test_hyperparameters_of_the_paper_without_its_misprints(at_paper_scale):
    rows = texts(build("table11_hyperparameters", at_paper_scale))
    assert rows[("Model", "Visual encoder")] == ["CLIP ViT-L/14"] * 3 + ["OpenCLIP ViT-bigG/14"]
    assert rows[("Model", "Language model")] == [
        "Vicuna-v1.5-7B",
        "Vicuna-v1.5-13B",
        "Vicuna-v1.5-7B",
        "Qwen-7B",
    ]
    assert rows[("Training", "Learning rate of the connector")] == ["2e-5"] * 3 + ["1e-5"]
    assert rows[("Training", "Warm-up ratio")] == ["0.03"] * 3 + ["0.01"]
    assert rows[("Training", "Weight decay")] == ["0"] * 3 + ["0.1"]
    assert rows[("Training", "Global batch size")] == ["128"] * 4
    assert rows[("Training", "Gradient accumulation")] == ["as memory asks"] * 4
    assert rows[("Prefix", "Virtual tokens")] == ["20"] * 4
    assert ("IA3", "Dropout") not in rows


def test_scaled_hyperparameters_have_their_label_beside_them(mini):
    rows = texts(build("table11_hyperparameters", mini))
    assert rows[("Adapter", "Bottleneck size")] == ["16 (256)"] * 4
    assert rows[("LoRA", "Learning rate")] == ["1e-3 (2e-4)"] * 4
    assert rows[("Training", "Learning rate of the connector")][-1] == "5e-4 (1e-5)"
    assert rows[("Training", "Gradient accumulation")] == ["1"] * 4


def test_documents_need_no_results(nothing):
    for name in DOCUMENTS:
        assert tables.build(nothing, TABLES[name]).rows
