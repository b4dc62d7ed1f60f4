import numpy as np
import pytest
import torch

from mmpeft.datasets.mini.scene import COLOURS, SHAPES
from mmpeft.models.mini.pretraining import initial_model
from mmpeft.models.mini.sight import PictureCollator, _quadrants, draw_picture, sight_training


def test_quadrants_average_their_patches_in_reading_order():
    features = torch.arange(16.0).reshape(1, 16, 1)
    # a 4 x 4 grid: the top left quadrant holds patches 0, 1, 4, 5
    assert _quadrants(features).flatten().tolist() == [2.5, 4.5, 10.5, 12.5]


def test_labels_name_what_is_in_each_quadrant():
    rng = np.random.default_rng(0)
    pictures = [draw_picture(rng) for _ in range(60)]
    scenes = [p for p in pictures if (p.scene[:, 0] >= 0).all()]
    covers = [p for p in pictures if (p.cover >= 0).all()]
    assert len(scenes) + len(covers) == 60
    assert min(len(scenes), len(covers)) > 5
    for picture in scenes:
        empty = picture.scene[:, 0] == 0
        assert (picture.scene[empty, 1:] == -100).all()
        assert picture.scene[:, 0].max() <= len(SHAPES)
        assert picture.scene[:, 1].max() < len(COLOURS)


@pytest.mark.parametrize("name", ["foundation-llava", "foundation-qwen-vl"])
def test_sight_training_reaches_the_features_that_the_connector_reads(name):
    model, processor = initial_model(name, None)
    training = sight_training(model)
    rng = np.random.default_rng(0)
    batch = PictureCollator(processor.image_processor)([draw_picture(rng) for _ in range(8)])
    training(**batch)["loss"].backward()
    reached = {n for n, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    assert any("conv1" in n or "patch_embedding" in n for n in reached)
    assert not any(
        "language_model" in n or "transformer.h" in n or "attn_pool" in n for n in reached
    )
