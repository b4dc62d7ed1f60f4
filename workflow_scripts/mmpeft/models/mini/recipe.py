"""How each mini base is made: a chain of stages.

The order follows the real models: a `foundation` that teaches language and sight (the LLaVAs share
one, as the real ones share Vicuna and CLIP), then each model's own visual instruction, then the
full fine-tune on the mixture of the seen datasets (paper, Appendix A.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Sizes of a mini model; `queries` > 0 makes it a Qwen-VL, else a LLaVA."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vision_hidden: int
    vision_layers: int
    queries: int = 0


SHAPES = {
    "mini-llava-7b": Shape(
        hidden=128, layers=6, heads=4, feed_forward=344, vision_hidden=128, vision_layers=4
    ),
    "mini-llava-13b": Shape(
        hidden=128, layers=9, heads=4, feed_forward=344, vision_hidden=128, vision_layers=4
    ),
    "mini-sharegpt4v": Shape(
        hidden=128, layers=6, heads=4, feed_forward=344, vision_hidden=128, vision_layers=4
    ),
    "mini-qwen-vl": Shape(
        hidden=128,
        layers=6,
        heads=4,
        feed_forward=344,
        vision_hidden=128,
        vision_layers=3,
        queries=16,
    ),
}
IMAGE_SIZE, PATCH_SIZE = 48, 12

SEEN_MIXTURE = ("mini-okvqa", "mini-vqav2", "mini-ocrvqa")
SEEN_ROWS = 2000  # training rows per seen dataset; a study draws its own from these


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """How often a conversation is of each kind; the three weights need not sum to one.

    `exercises` names the text-only exercises, as often as each is to be drawn; `words` is the
    length at which a conversation ends; `rich` the share of rich captions;
    `multiple_choice` the share of questions with options, and `repeat` the probability that such a
    question repeats one answered in words just before it: a scaffold that lets the letter be
    looked up in the text until the model can do without.
    """

    text: float
    scene: float
    cover: float
    exercises: tuple[str, ...]
    words: int
    multiple_choice: float
    rich: float
    repeat: float


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One training stage.

    `data`: "sight" trains the visual encoder alone on labelled pictures; a `Mixture` of
    conversations or "seen" (single-turn rows of SEEN_MIXTURE) train the rest.
    The learning rate warms up over `warmup` steps and falls as a cosine to a tenth.
    """

    name: str
    data: Mixture | Literal["sight", "seen"]
    steps: int
    batch_size: int
    learning_rate: float
    warmup: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A base: its shape and its stages in order.

    `start` names the recipe whose weights it starts from; a deeper shape than the start's gets
    its new layers as identities (see `architecture.deepen`). Without a start, weights are drawn
    from `init_seed`.
    """

    shape: Shape
    stages: tuple[Stage, ...]
    start: str | None = None
    init_seed: int = 1


# Dense in look-ups: several answers per list.
EXERCISES = (
    *("find_letter", "find_letter", "find_letters", "find_letters"),
    *("read_letter", "read_letters", "read_letters", "read_letters"),
    *("facts", "facts", "all_facts", "all_facts", "knowledge", "restate", "sort_out"),
)
FOUNDATION = Mixture(
    text=0.5,
    scene=0.42,
    cover=0.08,
    exercises=EXERCISES,
    words=110,
    multiple_choice=0.35,
    rich=0.05,
    repeat=0.3,
)
INSTRUCTION = Mixture(
    text=0.3,
    scene=0.6,
    cover=0.1,
    exercises=EXERCISES,
    words=110,
    multiple_choice=0.5,
    rich=0.05,
    repeat=0.25,
)
RICH_INSTRUCTION = replace(INSTRUCTION, rich=0.6)


def _foundation(model: str) -> Recipe:
    return Recipe(
        shape=SHAPES[model],
        stages=(
            Stage(
                name="sight",
                data="sight",
                steps=300,
                batch_size=128,
                learning_rate=2e-3,
                warmup=25,
                seed=1,
            ),
            Stage(
                name="language",
                data=FOUNDATION,
                steps=4000,
                batch_size=16,
                learning_rate=1.2e-3,
                warmup=100,
                seed=1,
            ),
        ),
    )


def _base(
    model: str, start: str, seed: int, instruction: Mixture = INSTRUCTION, steps: int = 600
) -> Recipe:
    return Recipe(
        shape=SHAPES[model],
        start=start,
        stages=(
            Stage(
                name="instruction",
                data=instruction,
                steps=steps,
                batch_size=16,
                learning_rate=1e-3,
                warmup=50,
                seed=seed,
            ),
            Stage(
                name="seen",
                data="seen",
                steps=200,
                batch_size=16,
                learning_rate=2e-4,
                warmup=20,
                seed=seed,
            ),
        ),
    )


RECIPES: Mapping[str, Recipe] = {
    "foundation-llava": _foundation("mini-llava-7b"),
    "foundation-qwen-vl": _foundation("mini-qwen-vl"),
    "mini-llava-7b": _base("mini-llava-7b", "foundation-llava", seed=5),
    "mini-llava-13b": _base("mini-llava-13b", "foundation-llava", seed=3),
    "mini-sharegpt4v": _base("mini-sharegpt4v", "foundation-llava", 4, RICH_INSTRUCTION),
    # The resampler learns to see more slowly than the LLaVAs' connector.
    "mini-qwen-vl": _base("mini-qwen-vl", "foundation-qwen-vl", seed=6, steps=2000),
}
BASES = tuple(name for name in RECIPES if name.startswith("mini-"))
