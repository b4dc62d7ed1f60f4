"""What each PEFT method can vary and each measure needs: the tables of what a study may say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Location = Literal["attn", "mlp", "both"]
SizeKind = Literal["bottleneck", "rank", "virtual_tokens"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Axes and options of one method.

    `size` is the meaning of its size (None: it has none), `size_tag` the letter before the size in
    a run id, `options` the study keys that only some methods understand. Of them those in
    `optional` may be left out.
    """

    label: str
    size: SizeKind | None
    size_tag: str
    has_location: bool
    options: frozenset[str]
    optional: frozenset[str] = frozenset()

    @property
    def study_keys(self) -> tuple[str, ...]:
        """Every key that `methods.<name>` of a study takes, sorted."""
        keys = {"learning_rate", *self.options}
        if self.size is not None:
            keys.add("size")
        if self.has_location:
            keys.add("location")
        return tuple(sorted(keys))


# Order and labels as in the paper's tables.
CAPABILITIES: Mapping[str, Capability] = {
    "adapter": Capability(
        label="Adapter",
        size="bottleneck",
        size_tag="b",
        has_location=True,
        options=frozenset({"dropout", "initialisation"}),
        optional=frozenset({"initialisation"}),
    ),
    "lora": Capability(
        label="LoRA",
        size="rank",
        size_tag="r",
        has_location=True,
        options=frozenset({"dropout", "alpha_per_rank"}),
    ),
    "ia3": Capability(
        label="IA3",
        size=None,
        size_tag="",
        has_location=True,
        options=frozenset(),
    ),
    "prefix": Capability(
        label="Prefix",
        size="virtual_tokens",
        size_tag="t",
        has_location=False,
        options=frozenset({"prefix_projection"}),
        optional=frozenset({"prefix_projection"}),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureSpec:
    """What an evaluation of one kind needs beside runs, targets and epochs.

    `task` is that of the datasets it can be made on (None: any with a metric), `headline` the name
    of its main score (None: the metric of the dataset).
    """

    keys: tuple[str, ...]
    task: str | None
    headline: str | None


MEASURES: Mapping[str, MeasureSpec] = {
    "transfer": MeasureSpec(keys=(), task=None, headline=None),
    "captions": MeasureSpec(
        keys=("judge", "candidates", "images"), task="caption", headline="hallucinated_captions"
    ),
    "mmhal": MeasureSpec(keys=("judge",), task="hallucination", headline="mmhal_score"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSpec:
    """What a kind of judge can judge, by measure, and when.

    at_once: it judges within the job that lets a run answer, and needs no settings, so that its
    kind is its name. Others are declared under `judges` of a study, and judge afterwards.
    """

    datasets: Mapping[str, tuple[str, ...]]
    at_once: bool


JUDGES: Mapping[str, JudgeSpec] = {
    # The scene graph is part of the rows of mini datasets alone.
    "scene_graph": JudgeSpec(
        datasets={"captions": ("mini-flickr30k",), "mmhal": ("mini-mmhal",)}, at_once=True
    ),
    "endpoint": JudgeSpec(datasets={"mmhal": ("mmhal", "mini-mmhal")}, at_once=False),
    "annotators": JudgeSpec(datasets={"captions": ("flickr30k", "mini-flickr30k")}, at_once=False),
}
