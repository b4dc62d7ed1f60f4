"""The file of claims as typed, strict models: what a claim says, as predicates over cells."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, model_validator

from mmpeft.artefacts import ARTEFACTS
from mmpeft.datasets.registry import DATASETS
from mmpeft.study.config import Strict

# Metrics over all test questions of a data set whose headline is over some of them.
_WHOLE = sorted({f"{spec.metric}_all" for spec in DATASETS.values() if spec.metric})
Axis = Literal[
    "model",
    "method",
    "location",
    "size",
    "learning_rate",
    "connector",
    "visual_encoder",
    "samples",
    "dataset",
    "target",
    "epoch",
    "epoch_place",
    "seen",
]
Label = bool | int | float | str


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Labels = Annotated[list[Label], Field(min_length=1), BeforeValidator(_as_list)]
# Cells by the labels of the paper; an axis that is not named has all of its labels.
Where = dict[Axis, Labels]


class Source(Strict):
    """The experiment, or the evaluation, whose cells a reading is about.

    Of the runs of an experiment: those with `seed`, if one is given, and with settings that runs of
    the experiment `settings_of` have. They are read by their headline, by another `metric` (one
    over all test questions), or by their `loss` (`claims.curves`).
    """

    experiment: str | None = None
    evaluation: str | None = None
    metric: str | None = None
    loss: Literal["rise", "spread"] | None = None
    seed: int | None = None
    settings_of: str | None = None

    @property
    def name(self) -> tuple[str, str]:
        """("experiment", its name) or ("evaluation", its name)."""
        if self.experiment is not None:
            return "experiment", self.experiment
        return "evaluation", self.evaluation

    @model_validator(mode="after")
    def _one(self) -> "Source":
        if (self.experiment is None) == (self.evaluation is None):
            raise ValueError("give either an experiment or an evaluation")
        of_runs = ("metric", "loss", "seed", "settings_of")
        given = [key for key in of_runs if getattr(self, key) is not None]
        if self.evaluation is not None and given:
            raise ValueError(f"an evaluation has no {given[0]}")
        if self.metric is not None and self.loss is not None:
            raise ValueError("give either a metric or a loss")
        if self.metric is not None and self.metric not in _WHOLE:
            raise ValueError(f"metric {self.metric!r} is none of {', '.join(_WHOLE)}")
        return self


class Greater(Strict):
    """The mean of some cells exceeds `times` that of others by more than `by` points."""

    kind: Literal["greater"]
    greater: Where
    than: Where
    times: float = 1.0
    by: float = 0.0


class Best(Strict):
    """Each combination of labels in `best` has a greater mean than each that is not in it.

    The axes compared are those of `best`; with `lowest` the smaller mean is the better one.
    """

    kind: Literal["best"]
    best: Annotated[Where, Field(min_length=1)]
    lowest: bool = False


class Rising(Strict):
    """The mean grows from each label of one axis to the next in the list."""

    kind: Literal["rising"]
    rising: Annotated[
        dict[Axis, Annotated[list[Label], Field(min_length=2)]], Field(min_length=1, max_length=1)
    ]


class Term(Strict):
    """A mean over cells, `times` a number."""

    times: float
    mean: Where


class Contrast(Strict):
    """A sum of means exceeds a number of points."""

    kind: Literal["contrast"]
    terms: Annotated[list[Term], Field(min_length=1)]
    exceeds: float = 0.0


class Steadier(Strict):
    """Scores vary less over seeds in some cells than in others: the ratio of their sd is over 1."""

    kind: Literal["steadier"]
    steadier: Where
    than: Where


Predicate = Annotated[Greater | Best | Rising | Contrast | Steadier, Field(discriminator="kind")]


class Reading(Strict):
    """One way to read a claim: a predicate over the cells `where`, in each value of `for_each`.

    At least the share `at_least` of these instances must hold; a predicate that compares several
    pairs is as many instances.
    """

    reading: str
    of: Source
    where: Where = Field(default_factory=dict)
    for_each: list[Axis] = Field(default_factory=list)
    at_least: Annotated[float, Field(gt=0, le=1)] = 1.0
    predicate: Predicate

    @model_validator(mode="after")
    def _of_spread(self) -> "Reading":
        if self.of.loss == "spread" and not isinstance(self.predicate, Steadier):
            raise ValueError("a spread of the loss can be steadier than another, and nothing else")
        return self


class Claim(Strict):
    """What the paper claims, in our words, and where; `artefact` shows the evidence.

    The first reading gives the verdict on the claim.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    source: str
    text: str
    artefact: str
    readings: Annotated[list[Reading], Field(min_length=1)]

    @model_validator(mode="after")
    def _shown(self) -> "Claim":
        if self.artefact not in ARTEFACTS:
            raise ValueError(
                f"artefact {self.artefact!r} is none of the declared ones: {', '.join(ARTEFACTS)}"
            )
        return self


def load(path: Path) -> list[Claim]:
    """Read the claims; raises ValueError naming file, key and value of every fault."""
    try:
        claims = TypeAdapter(list[Claim]).validate_python(
            yaml.safe_load(path.read_text(encoding="utf-8"))
        )
    except ValidationError as error:
        raise ValueError(f"{path}: {error}") from None
    repeated = [name for name, count in Counter(claim.id for claim in claims).items() if count > 1]
    if repeated:
        raise ValueError(f"{path}: id {', '.join(repeated)} is given twice")
    return claims
