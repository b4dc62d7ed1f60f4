from dataclasses import replace

from drawn import texts_of
from mmpeft import figures
from mmpeft.artefacts import FIGURES
from mmpeft.samples import Samples

OKVQA, FLICKR = FIGURES["figure15_answers_okvqa"], FIGURES["figure14_answers_flickr30k"]


def answers_on(gallery, label):
    rows = gallery.samples.answers
    return rows[(rows["target_label"] == label) & (rows["examples"] == "answers")]


def test_every_answer_of_the_first_two_questions_is_there(gallery):
    rows = answers_on(gallery, "OKVQA")
    ids = list(dict.fromkeys(rows["id"]))
    words = " ".join(texts_of(figures.build(gallery, OKVQA)))
    shown = rows[rows["id"].isin(ids[:2])]
    assert len(shown) == 2 * (1 + 4 * 2)
    assert sum(words.count(mark) for mark in "✓✗") == len(shown) + 2  # and once each in the notes
    for prediction in shown["prediction"]:
        assert prediction in words
    assert "n = 2 test questions with an image, drawn by seed 42." in words


def test_questions_are_of_those_that_are_scored(gallery):
    results = gallery.results.copy()
    results.loc[results["dataset_label"] == "OKVQA", "n"] = 184
    words = " ".join(texts_of(figures.build(replace(gallery, results=results), OKVQA)))
    assert "n = 2 of 184 test questions with an image" in words


def test_figures_of_one_data_set_show_different_questions(gallery):
    one, other = (
        " ".join(texts_of(figures.build(gallery, FIGURES[name])))
        for name in ("figure14_answers_flickr30k", "figure17_answers_flickr30k_more")
    )
    rows = answers_on(gallery, "Flickr30k")
    ids = list(dict.fromkeys(rows["id"]))
    assert len(ids) == 4
    prompts = [rows[rows["id"] == name]["prompt"].iloc[0].split()[-1] for name in ids]
    assert all(prompt in one for prompt in prompts[:2])
    assert all(prompt in other for prompt in prompts[2:])
    assert one != other


def test_partly_right_answers_and_captions_have_numbers(gallery):
    answers = gallery.samples.answers.copy()
    answers.loc[answers["target_label"].isin(["OKVQA", "Flickr30k"]), "score"] = 60.0
    data = replace(gallery, samples=Samples(answers, gallery.samples.images))
    for spec in (OKVQA, FLICKR):
        assert texts_of(figures.build(data, spec)).count("60") == 18
    assert "CIDEr × 100" in " ".join(texts_of(figures.build(data, FLICKR)))


def test_a_failed_run_tells_why_and_a_missing_base_that_it_is(gallery):
    rows = gallery.samples.answers
    run = answers_on(gallery, "OKVQA").query("method_label == 'IA3'")["run"].iloc[0]
    kept = rows[(rows["run"] != run) & (rows["kind"] != "base")]
    results = gallery.results.copy()
    results.loc[results["run"] == run, ["status", "reason"]] = ["failed", "diverged"]
    data = replace(gallery, samples=Samples(kept, {}), results=results)
    texts = texts_of(figures.build(data, OKVQA))
    assert texts.count("failed: diverged") == 2
    assert texts.count("missing") == 2
    assert texts.count("missing: image") == 2


def test_a_data_set_without_examples_is_not_part_of_the_study(gallery):
    assert texts_of(figures.build(gallery, replace(OKVQA, examples=("none",)))) == [
        "not part of this study"
    ]


def test_without_answers_there_is_nothing_to_show(gallery):
    data = replace(gallery, samples=Samples())
    assert texts_of(figures.build(data, OKVQA)) == ["missing: no answers to show"]
