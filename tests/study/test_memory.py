"""What a study says of the memory of its trainings, and what jobs are told of it."""

import pytest

from example_study import example_study
from mmpeft.study import StudyError, load_study

KEYS = {"micro_batch_size", "memory_share", "gradient_checkpointing"}


def settings(**training):
    """What each method's training is told of memory."""
    config = example_study()
    config["training"] |= training
    study = load_study(config)
    return {
        run.method: {key: value for key, value in study.train_settings(run).items() if key in KEYS}
        for run in study.runs
    }


def test_nothing_is_said_that_the_study_does_not_say():
    assert not any(settings().values())


def test_the_share_of_memory_is_that_of_automatic_micro_batches():
    assert settings(micro_batch_size=4)["lora"] == {"micro_batch_size": 4}
    assert settings(micro_batch_size="auto")["lora"]["memory_share"] == 0.9
    automatic = {"micro_batch_size": "auto", "memory_share": 0.5}
    assert settings(**automatic)["lora"] == automatic


@pytest.mark.parametrize("given", [{}, {"micro_batch_size": 4}])
def test_a_share_of_memory_that_has_no_effect_is_refused(given):
    told = r"training\.memory_share: 0\.5 has no effect without micro_batch_size: auto"
    with pytest.raises(StudyError, match=told):
        settings(memory_share=0.5, **given)


@pytest.mark.parametrize(
    ("method", "legal"), [("lora", True), ("adapter", True), ("ia3", True), ("prefix", False)]
)
def test_gradients_are_checkpointed_where_peft_allows_it(method, legal):
    expected = {"gradient_checkpointing": True} if legal else {}
    assert settings(gradient_checkpointing=True)[method] == expected
