import pytest
import yaml

from mmpeft import claims
from mmpeft.artefacts import ARTEFACTS
from workflow_tree import ROOT

FILE = ROOT / "reference/claims.yaml"
CLAIM = {
    "id": "some_claim",
    "source": "Table 1",
    "text": "LoRA is best.",
    "artefact": "table01_main",
    "readings": [
        {
            "reading": "mean",
            "of": {"experiment": "main"},
            "predicate": {"kind": "best", "best": {"method": "LoRA"}},
        }
    ],
}


def load(folder, *claims_):
    file = folder / "claims.yaml"
    file.write_text(yaml.safe_dump(list(claims_)))
    return claims.load(file)


def reading(**changes):
    return CLAIM | {"readings": [CLAIM["readings"][0] | changes]}


def test_the_claims_of_the_paper_are_many_and_each_has_its_evidence():
    found = claims.load(FILE)
    assert len(found) >= 20
    for claim in found:
        needed = {one for names in ARTEFACTS[claim.artefact].needs.values() for one in names}
        shown = {
            name
            for one in claim.readings
            for name in (one.of.experiment, one.of.evaluation, one.of.settings_of)
            if name is not None
        }
        assert needed == shown, claim.id


def test_a_label_alone_is_a_list_of_one(tmp_path):
    (claim,) = load(tmp_path, CLAIM)
    assert claim.readings[0].predicate.best == {"method": ["LoRA"]}


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        (CLAIM | {"artefact": "table99"}, "'table99' is none of the declared ones: table01_main"),
        (CLAIM | {"readings": []}, "readings"),
        (CLAIM | {"verdict": "supported"}, "verdict"),
        (reading(of={}), "either an experiment or an evaluation"),
        (reading(of={"evaluation": "transfer", "seed": 42}), "an evaluation has no seed"),
        (
            reading(of={"experiment": "size", "metric": "cider"}),
            "'cider' is none of blank_accuracy",
        ),
        (
            reading(of={"experiment": "long", "metric": "option_accuracy_all", "loss": "rise"}),
            "either a metric or a loss",
        ),
        (reading(of={"experiment": "long", "loss": "spread"}), "steadier than another"),
        (reading(where={"colour": "red"}), "colour"),
        (reading(at_least=1.5), "at_least"),
        (reading(predicate={"kind": "eval", "code": "1 + 1"}), "'best', 'rising'"),
    ],
)
def test_a_bad_claim_is_refused_by_key_and_value(tmp_path, claim, told):
    with pytest.raises(ValueError, match=r"claims\.yaml") as error:
        load(tmp_path, claim)
    assert told in str(error.value)


def test_ids_are_given_once(tmp_path):
    with pytest.raises(ValueError, match="some_claim is given twice"):
        load(tmp_path, CLAIM, CLAIM)
