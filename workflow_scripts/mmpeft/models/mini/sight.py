"""Pre-training of the visual encoder alone: the stand-in of CLIP's.

Linear heads on the features that the connector will read name what is in each quadrant of a
scene, or what is on a book cover; the heads are thrown away. It costs minutes, where learning to
see through the language model's loss costs hours (docs/mini-models.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from mmpeft.datasets.mini import covers, drawing
from mmpeft.datasets.mini.covers import GENRES, TITLES, VOLUMES
from mmpeft.datasets.mini.scene import COLOURS, SHAPES, SIZES
from mmpeft.models.mini.curriculum import train_scene

# Parameters that the features depend on. Qwen-VL's norm and projection behind the resampler count
# as visual encoder in fine-tuning, but here they must learn with the language model.
SIGHT_PARAMETERS = {
    "llava": r"model\.vision_tower\..*",
    "qwen_vl": r"transformer\.visual\.(?:conv1|positional_embedding|ln_pre|transformer)\b.*",
}
COVER_SHARE = 0.3
_NOTHING = -100  # label of a question that a picture does not pose
_SCENE_CLASSES = (len(SHAPES) + 1, len(COLOURS), len(SIZES))  # shape 0: an empty quadrant
_COVER_CLASSES = (len(TITLES), len(VOLUMES), len(GENRES))


@dataclass(frozen=True)
class Picture:
    """A picture and what is in it. `scene`: [4, 3] class ids per quadrant, `cover`: [3]."""

    image: Image.Image
    scene: np.ndarray
    cover: np.ndarray


def draw_picture(rng: np.random.Generator) -> Picture:
    """A labelled scene or cover of the training split."""
    scene_labels = np.full((4, 3), _NOTHING)
    cover_labels = np.full(3, _NOTHING)
    if rng.random() < COVER_SHARE:
        cover = covers.sample_cover(rng, "train")
        genre = COLOURS.index(cover.colour)
        cover_labels[:] = TITLES.index(cover.title), VOLUMES.index(cover.volume), genre
        return Picture(covers.draw(cover, rng), scene_labels, cover_labels)
    scene = train_scene(rng)
    scene_labels[:, 0] = 0
    for thing in scene.things:
        scene_labels[thing.quadrant] = (
            SHAPES.index(thing.shape) + 1,
            COLOURS.index(thing.colour),
            SIZES.index(thing.size),
        )
    return Picture(drawing.draw_photo(scene, rng), scene_labels, cover_labels)


class PictureCollator:
    """Pictures to pixel_values [B, 3, H, W], scene [B, 4, 3] and cover [B, 3] labels."""

    def __init__(self, image_processor) -> None:
        self.image_processor = image_processor

    def __call__(self, pictures: Sequence[Picture]) -> dict[str, Tensor]:
        pixels = self.image_processor([p.image for p in pictures], return_tensors="pt")
        return {
            "pixel_values": pixels["pixel_values"],
            "scene": torch.from_numpy(np.stack([p.scene for p in pictures])),
            "cover": torch.from_numpy(np.stack([p.cover for p in pictures])),
        }


def _quadrants(features: Tensor) -> Tensor:
    """[B, P, D] patch features in reading order to [B, 4, D] means of the quadrants."""
    side = int(features.shape[1] ** 0.5)
    grid = features.transpose(1, 2).unflatten(2, (side, side))
    return nn.functional.adaptive_avg_pool2d(grid, 2).flatten(2).transpose(1, 2)


class SightTraining(nn.Module):
    """A model's visual encoder under linear heads; `forward` gives the loss that Trainer expects.

    `patch_features` maps pixel_values [B, 3, H, W] to [B, P, D]: the features the connector reads.
    """

    def __init__(self, patch_features, encoder: nn.Module, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.patch_features = patch_features
        self.scene_heads = nn.ModuleList(nn.Linear(width, n) for n in _SCENE_CLASSES)
        self.cover_heads = nn.ModuleList(nn.Linear(4 * width, n) for n in _COVER_CLASSES)

    def forward(self, pixel_values: Tensor, scene: Tensor, cover: Tensor) -> dict[str, Tensor]:
        quadrants = _quadrants(self.patch_features(pixel_values))
        losses = [
            nn.functional.cross_entropy(head(quadrants).flatten(0, 1), scene[..., k].flatten())
            for k, head in enumerate(self.scene_heads)
        ]
        losses += [
            nn.functional.cross_entropy(head(quadrants.flatten(1)), cover[:, k])
            for k, head in enumerate(self.cover_heads)
        ]
        return {"loss": torch.stack(losses).nansum(), "losses": torch.stack(losses).detach()}


def sight_training(model) -> SightTraining:
    """Wrap the visual encoder of a mini model, which is trained in place."""
    if model.config.model_type == "qwen_vl":
        visual = model.transformer.visual
        return SightTraining(visual.patch_features, visual, model.config.visual.width)
    tower, layer = model.model.vision_tower, model.config.vision_feature_layer

    def patch_features(pixel_values: Tensor) -> Tensor:
        return tower(pixel_values, output_hidden_states=True).hidden_states[layer][:, 1:]

    return SightTraining(patch_features, tower, model.config.vision_config.hidden_size)
