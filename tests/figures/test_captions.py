from dataclasses import replace

import pytest

from drawn import texts_of
from mmpeft import figures
from mmpeft.artefacts import FIGURES
from mmpeft.samples import Samples

WORST, FIRST = FIGURES["figure09_hallucination"], FIGURES["figure10_captions_first"]


def with_answers(data, answers):
    return replace(data, samples=Samples(answers, data.samples.images))


def captions_of(gallery, name, epoch):
    rows = gallery.samples.answers
    return rows[
        (rows["evaluation"] == "captions") & (rows["id"] == name) & (rows["epoch"] == epoch)
    ]


def test_two_images_after_the_epoch_of_the_declaration(gallery):
    figure = figures.build(gallery, FIRST)
    texts = texts_of(figure)
    assert "(a) LLaVA-1.5-7B tuned on IconQA-txt, epoch 3 of 12" in texts
    assert texts.count("Base") == texts.count("Adapter") == texts.count("Prefix") == 2
    assert sum(len(axes.images) for axes in figure.axes) == 2
    assert "epoch 12 of 12" in " ".join(texts_of(figures.build(gallery, WORST)))


def test_images_are_the_first_drawn_and_the_same_after_each_epoch(gallery):
    images = []
    for name in ("figure10_captions_first", "figure13_captions_fourth"):
        axes = figures.build(gallery, FIGURES[name]).axes
        images.append([image.get_array().tobytes() for one in axes for image in one.images])
    assert images[0] == images[1]


def test_the_image_with_the_most_hallucinating_methods_comes_first(gallery):
    answers = gallery.samples.answers.copy()
    answers["hallucinated"] = [
        None if found is None else ["a star"] if (name, epoch) == ("test-000003", 12) else []
        for found, name, epoch in zip(
            answers["hallucinated"], answers["id"], answers["epoch"].fillna(0), strict=True
        )
    ]
    words = " ".join(texts_of(figures.build(with_answers(gallery, answers), WORST)))
    shown = captions_of(gallery, "test-000003", 12)
    assert all(text.split()[-1] in words for text in shown["prediction"])
    assert words.count("✗") == 1 + len(shown)
    assert "among all 6: Adapter 1, LoRA 1, IA3 1, Prefix 1." in words


@pytest.mark.parametrize(
    ("status", "told"), [("failed", "failed: diverged"), ("missing", "missing")]
)
def test_a_run_without_captions_tells_why(gallery, status, told):
    answers = gallery.samples.answers
    kept = answers[(answers["evaluation"] != "captions") | (answers["method_label"] != "IA3")]
    results = gallery.results.copy()
    ia3 = (results["evaluation"] == "captions") & (results["method_label"] == "IA3")
    results.loc[ia3, "status"] = status
    results.loc[ia3, "reason"] = "diverged" if status == "failed" else None
    data = replace(with_answers(gallery, kept), results=results)
    assert texts_of(figures.build(data, FIRST)).count(told) == 2


def test_an_epoch_that_is_not_measured_is_not_part_of_the_study(gallery):
    figure = figures.build(gallery, replace(FIRST, epoch=4))
    assert texts_of(figure) == ["not part of this study"]


@pytest.mark.parametrize("spec", [WORST, FIRST], ids=["worst", "first"])
@pytest.mark.parametrize("kinds", [(), ("base",)], ids=["nothing", "base"])
def test_before_runs_have_captioned_there_is_nothing_to_show(gallery, spec, kinds):
    rows = gallery.samples.answers
    figure = figures.build(with_answers(gallery, rows[rows["kind"].isin(kinds)]), spec)
    assert texts_of(figure) == ["missing: no captions to show"]
