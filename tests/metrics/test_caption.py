import csv
import json

import pytest

from metrics.rows import row
from mmpeft.metrics.caption import best_constant_caption, cider, cider_per_item, cider_score
from mmpeft.metrics.tokenise import PYTHON, default_tokeniser
from shared_oracles import CAPTIONS, CAPTIONS_EXPECTED

REFERENCES = [
    ["A red square, left.", "The red square is left."],
    ["A blue circle.", "One blue circle is here."],
    ["Two green stars!", "There are two green stars."],
]


@pytest.mark.parametrize("tokeniser", [PYTHON, default_tokeniser()], ids=lambda t: t.name)
def test_case_and_punctuation_do_not_count(tokeniser):
    said = ["a red square left", "A Blue Circle!!", "nothing"]
    tidy = ["A red square, left.", "A blue circle !", "Nothing."]
    values = cider_per_item(REFERENCES, said, tokeniser)
    assert values[0] > values[2] == 0
    assert cider_per_item(REFERENCES, tidy, tokeniser)[0] == values[0]
    assert cider(REFERENCES, said, tokeniser=tokeniser) == pytest.approx(sum(values) / 3)


def test_score_is_times_100_and_names_its_tokeniser():
    rows = [row(references=item) for item in REFERENCES]
    said = ["a red square", "a circle", "two stars"]
    score = cider_score(said, rows)
    assert score.value == pytest.approx(100 * cider(REFERENCES, said))
    assert score.n == 3
    assert default_tokeniser().name in score.definition


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


if CAPTIONS.is_file():

    def _oracle() -> tuple[list[list[str]], list[str], float]:
        with CAPTIONS.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        references = [[one[f"caption_{i}"] for i in range(1, 6)] for one in rows]
        expected = json.loads(CAPTIONS_EXPECTED.read_text(encoding="utf-8"))["CIDEr"]
        return references, [one["caption_predicted"] for one in rows], expected

    @pytest.mark.parametrize("tokeniser", [PYTHON, default_tokeniser()], ids=lambda t: t.name)
    def test_cider_of_pycocoevalcap(tokeniser):
        references, said, expected = _oracle()
        assert len(said) == 464
        # The oracle holds six decimals.
        assert cider(references, said, tokeniser=tokeniser) == pytest.approx(expected, abs=1e-6)

    def test_the_tokenisers_agree_on_every_caption():
        references, said, _ = _oracle()
        texts = [*said, *(text for item in references for text in item)]
        pairs = zip(default_tokeniser().run(texts), PYTHON.run(texts), strict=True)
        assert [text for text, (a, b) in zip(texts, pairs, strict=True) if a != b] == []
