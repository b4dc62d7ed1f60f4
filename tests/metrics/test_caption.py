import csv
import json
from pathlib import Path

import pytest
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

from metrics.java import NEEDS_JAVA
from metrics.rows import row
from mmpeft.metrics.bleu import bleu
from mmpeft.metrics.caption import best_constant_caption, cider, cider_score, tokenised
from mmpeft.metrics.cider import cider_d
from mmpeft.metrics.rouge import rouge_l
from mmpeft.metrics.tokenise import PYTHON, default_tokeniser
from shared_oracles import CAPTIONS, CAPTIONS_EXPECTED, needs

REFERENCES = [
    ["A red square, left.", "The red square is left."],
    ["A blue circle.", "One blue circle is here."],
    ["Two green stars!", "There are two green stars."],
]


@pytest.mark.parametrize("tokeniser", [PYTHON, default_tokeniser()], ids=lambda t: t.name)
def test_case_and_punctuation_do_not_count(tokeniser):
    said = ["a red square left", "A Blue Circle!!", "nothing"]
    tidy = ["A red square, left.", "A blue circle !", "Nothing."]
    values = cider_d(*tokenised(REFERENCES, said, tokeniser))
    assert values[0] > values[2] == 0
    assert cider_d(*tokenised(REFERENCES, tidy, tokeniser))[0] == values[0]
    assert cider(REFERENCES, said, tokeniser=tokeniser) == pytest.approx(sum(values) / 3)


def test_score_is_times_100_and_names_its_tokeniser():
    rows = [row(references=item) for item in REFERENCES]
    said = ["a red square", "a circle", "two stars"]
    score = cider_score(said, rows)
    assert score.value == pytest.approx(100 * cider(REFERENCES, said))
    assert score.n == 3
    assert default_tokeniser().name in score.definition


def test_bleu_and_rouge_stand_beside_it_in_percent():
    rows = [row(references=item) for item in REFERENCES]
    said = ["a red square", "a circle", "two stars"]
    score = cider_score(said, rows)
    assert list(score.secondary) == ["bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l"]
    references, candidates = tokenised(REFERENCES, said, default_tokeniser())
    for order, expected in enumerate(bleu(references, candidates), start=1):
        one = score.secondary[f"bleu_{order}"]
        assert one.value == pytest.approx(100 * expected.corpus)
        assert one.per_item == pytest.approx([100 * value for value in expected.per_item])
    # A corpus value, and not the mean of its items.
    assert score.secondary["bleu_2"].value != pytest.approx(
        sum(score.secondary["bleu_2"].per_item) / 3
    )
    rouge = score.secondary["rouge_l"]
    assert rouge.value == pytest.approx(100 * sum(rouge_l(references, candidates)) / 3)


def test_a_row_without_references_is_named():
    with pytest.raises(ValueError, match="row 'x' has no reference captions"):
        cider_score(["a"], [row(name="x")])


def test_best_constant_caption_is_that_of_an_exhaustive_search():
    shapes = ["red square", "blue circle", "green star", "red star"]
    references = [
        [f"A {shape} on the left.", f"There is a {shape}.", f"One {shape}, in a picture"]
        for shape in shapes
    ]
    distinct = [text for item in references for text in item]
    values = [cider(references, [text] * 4, tokeniser=PYTHON) for text in distinct]
    best = best_constant_caption([row(references=item) for item in references])
    assert values[distinct.index(best)] == pytest.approx(max(values))


@NEEDS_JAVA
def test_equals_the_toolkit_from_text_to_score():
    captions = (Path(__file__).parent / "captions.txt").read_text(encoding="utf-8").splitlines()
    # Each caption is described by itself and its neighbours, and read with a word left out.
    references = [[captions[i], captions[i - 1], captions[i - 2]] for i in range(len(captions))]
    said = [" ".join(caption.split()[:2] + caption.split()[3:]) for caption in captions]
    texts = {
        "references": {
            i: [{"caption": text} for text in item] for i, item in enumerate(references)
        },
        "said": {i: [{"caption": text}] for i, text in enumerate(said)},
    }
    tokens = {name: PTBTokenizer().tokenize(items) for name, items in texts.items()}
    pair = tokens["references"], tokens["said"]
    score = cider_score(said, [row(references=item) for item in references])
    ours = {"cider": score.value, **{n: one.value for n, one in score.secondary.items()}}
    bleus = Bleu(4).compute_score(*pair, verbose=0)[0]
    theirs = {
        "cider": Cider().compute_score(*pair)[0],
        **{f"bleu_{n}": value for n, value in enumerate(bleus, start=1)},
        "rouge_l": Rouge().compute_score(*pair)[0],
    }
    assert ours == pytest.approx({n: 100 * value for n, value in theirs.items()}, abs=1e-6)


def _oracle() -> tuple[list[list[str]], list[str], dict[str, float]]:
    with CAPTIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    references = [[one[f"caption_{i}"] for i in range(1, 6)] for one in rows]
    expected = json.loads(CAPTIONS_EXPECTED.read_text(encoding="utf-8"))
    return references, [one["caption_predicted"] for one in rows], expected


@needs(CAPTIONS, CAPTIONS_EXPECTED)
@pytest.mark.parametrize("tokeniser", [PYTHON, default_tokeniser()], ids=lambda t: t.name)
def test_scores_of_pycocoevalcap(tokeniser):
    references, said, expected = _oracle()
    assert len(said) == 464
    tokens = tokenised(references, said, tokeniser)
    rouge = rouge_l(*tokens)
    ours = {
        "CIDEr": cider(references, said, tokeniser=tokeniser),
        "BLEU4": bleu(*tokens)[3].corpus,
        "ROUGE_L": sum(rouge) / len(rouge),
    }
    # The oracle holds six decimals.
    assert ours == pytest.approx(expected, abs=1e-6)


@needs(CAPTIONS, CAPTIONS_EXPECTED)
@NEEDS_JAVA
def test_the_tokenisers_agree_on_every_caption():
    references, said, _ = _oracle()
    texts = [*said, *(text for item in references for text in item)]
    pairs = zip(default_tokeniser().run(texts), PYTHON.run(texts), strict=True)
    assert [text for text, (a, b) in zip(texts, pairs, strict=True) if a != b] == []
