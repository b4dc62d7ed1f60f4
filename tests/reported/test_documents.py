"""Tables 9 and 10 as transcribed, against what the registries say of models and prompts."""

import csv
import re

from mmpeft import tables
from mmpeft.artefacts import TABLES
from mmpeft.models.facts import FACTS
from workflow_tree import ROOT

PRINTED = {"LLaVA": "LLaVA-1.5-7B", "ShareGPT4v": "ShareGPT4V", "SQA": "SQA (img)"}


def lines(name):
    with (ROOT / f"reference/paper/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_seen_data_are_those_of_the_models():
    for line in lines("table9_seen_data_as_printed"):
        facts = FACTS[PRINTED.get(line["model"], line["model"])]
        known = facts.pretrained_on if line["phase"] == "Pretrained" else facts.fine_tuned_on
        # one comma is printed as a full stop
        assert tuple(re.split(r"[,.] ", line["datasets"])) == known


def test_prompts_are_those_of_the_data_sets(reported):
    shown = [
        (label, cells[0].text)
        for (label,), cells in tables.build(reported, TABLES["table10_prompts"]).rows
    ]
    printed = [
        (PRINTED.get(line["task"], line["task"]), re.sub(r",\s*…", "", line["prompt"]))
        for line in lines("table10_prompts")
    ]
    assert [line for line in printed if line not in shown] == [
        ("General VQA", "Question: {Question}")
    ]
    assert [line for line in shown if line not in printed] == []


def test_reported_set_up_invents_nothing(reported):
    rows = dict(tables.build(reported, TABLES["table11_hyperparameters"]).rows)
    assert [cell.text for cell in rows[("Training", "Gradient accumulation")]] == ["1"] * 4
    # the paper names no rate for a tuned visual encoder, and there are no weights
    assert ("Training", "Learning rate of the visual encoder") not in rows
    assert ("Model", "Weights") not in rows
