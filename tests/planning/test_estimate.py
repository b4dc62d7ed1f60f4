from dataclasses import replace

import pytest

from mmpeft.planning.estimate import Job, Sizes, gpu_bytes, gpu_hours, micro_batch
from mmpeft.study.config import Hardware

# About LLaVA-1.5-7B.
SEVEN = Sizes(
    vision=303_000_000,
    language=6_760_000_000,
    layers=32,
    width=4096,
    vocabulary=32_064,
    patches=576,
    image_tokens=576,
)
A100 = Hardware()
TRAINING = Job(model=SEVEN, trained=20_000_000, samples=60_000)


def test_hours_of_a_training_are_its_matrix_products_and_the_loading():
    # 4 x 6.76e9 x 672 forward and backward, 2 x 303e6 x 576 once, 2 x 20e6 x 672 for the weights.
    operations = 60_000 * (4 * 6.76e9 * 672 + 2 * 303e6 * 576 + 2 * 20e6 * 672)
    expected = operations / (312e12 * 0.4) + 2 * 7.063e9 / 1e9
    assert gpu_hours(TRAINING, A100) == pytest.approx(expected / 3600)


def test_hours_grow_with_what_is_done():
    hours = gpu_hours(TRAINING, A100)
    for change in (
        {"checkpointing": True},
        {"vision_tuned": True},
        {"checked": 1000},
        {"trained": 40_000_000},
        {"text_tokens": 200},
    ):
        assert gpu_hours(replace(TRAINING, **change), A100) > hours
    assert gpu_hours(TRAINING, Hardware(utilisation=0.8)) < hours


def test_answers_are_bound_by_reading_the_weights():
    one = Job(model=SEVEN, answers=3200, batch=1, answer_tokens=50)
    many = replace(one, batch=32)
    steps = 50 * 3200 * 2 * 7.063e9 / 2e12 / 3600
    assert gpu_hours(one, A100) - gpu_hours(many, A100) == pytest.approx(steps * 31 / 32)


def test_memory_is_weights_trained_numbers_and_activations():
    fixed = 2 * 7.063e9 + 16 * 20e6
    assert gpu_bytes(TRAINING, 0) == pytest.approx(fixed)
    one, two = gpu_bytes(TRAINING, 1), gpu_bytes(TRAINING, 2)
    assert two - one == pytest.approx(one - fixed)
    assert gpu_bytes(replace(TRAINING, checkpointing=True), 1) < one
    assert gpu_bytes(replace(TRAINING, bytes_per_weight=4), 0) == pytest.approx(fixed + 2 * 7.063e9)


def test_a_whole_base_that_is_trained_takes_16_bytes_a_parameter():
    whole = replace(TRAINING, trained=SEVEN.language, of_base=SEVEN.language)
    assert gpu_bytes(whole, 0) == pytest.approx(16 * 6.76e9 + 2 * 303e6)


def test_answers_keep_keys_and_values_of_all_layers():
    one = Job(model=SEVEN, answers=32, answer_tokens=50)
    kept = gpu_bytes(replace(one, answer_tokens=150), 8) - gpu_bytes(one, 8)
    assert kept == pytest.approx(8 * 100 * 2 * 32 * 4096 * 2)


def test_the_micro_batch_is_the_largest_legal_one_that_fits():
    budget = gpu_bytes(TRAINING, 20)
    assert micro_batch(TRAINING, 128, budget) == 16
    assert micro_batch(TRAINING, 60, budget) == 20
    assert micro_batch(TRAINING, 128, gpu_bytes(TRAINING, 1) - 1) == 0
