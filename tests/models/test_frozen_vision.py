import pytest
import torch

import tiny_models
from mmpeft.models.frozen_vision import features_of, has_features, read_features
from tiny_models import FAMILIES, FAMILY_NAMES


@pytest.fixture(params=FAMILY_NAMES)
def family(request):
    return request.param


@pytest.fixture
def batch(family):
    """A row with an image and one without."""
    chat = FAMILIES[family].chat.prompt
    prompts = [chat("What colour ?", has_image=True), chat("What colour ?", has_image=False)]
    return tiny_models.training_batch(family, prompts, [tiny_models.image(1), None])


def test_a_model_reads_features_as_it_read_pixels(family, batch):
    model = tiny_models.model(family)
    with torch.no_grad():
        expected = model(**batch).logits
        batch["pixel_values"] = features_of(model, batch["pixel_values"])
        read_features(model)
        assert torch.equal(model(**batch).logits, expected)


def test_features_are_known_of_these_families_and_of_one_layer(family):
    model = tiny_models.model(family)
    assert has_features(model)
    model.config.model_type = "llava_onevision"
    assert not has_features(model)


def test_several_feature_layers_are_no_single_features():
    model = tiny_models.model("llava")
    model.config.vision_feature_layer = [-2, -3]
    assert not has_features(model)


def test_features_carry_no_gradient(family, batch):
    model = tiny_models.model(family)
    assert not features_of(model, batch["pixel_values"]).requires_grad
