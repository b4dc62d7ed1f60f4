"""The study file as typed, strict models: no unknown keys, no silent conversion.

These models check one value at a time; what needs two of them is in `checks`.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from mmpeft.study.capabilities import JUDGES, Location

EVERY_METHOD = "*"

Tuning = Literal["frozen", "tuned"]
Source = Literal["run", "reported"]
Samples = int | Literal["full"]
EpochChoice = Literal["last"] | list[int] | dict[Literal["nearest_to_minimum"], int]


def _distinct(values: list[Any]) -> list[Any]:
    repeated = sorted({str(value) for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} is listed twice")
    return values


def _samples(value: Any) -> Samples:
    if value == "full" or (type(value) is int and value > 0):
        return value
    raise ValueError("must be a number of training samples > 0, or full")


def _epochs(value: Any) -> "EpochChoice":
    match value:
        case "last":
            return value
        case list() if value and all(type(epoch) is int and epoch > 0 for epoch in value):
            return sorted(_distinct(value))
        case {"nearest_to_minimum": count} if len(value) == 1 and type(count) is int and count > 0:
            return value
    raise ValueError(
        "must be last, a list of epochs > 0, or {nearest_to_minimum: number of epochs > 0}"
    )


def _all_as_list(value: Any) -> Any:
    return ["all"] if value == "all" else value


def _for_every_method(value: Any) -> Any:
    return {EVERY_METHOD: value} if isinstance(value, list) else value


def _injective(table: dict[Any, Any]) -> dict[Any, Any]:
    """Two labels with one value would make two cells of a table one and the same run."""
    labels: dict[Any, Any] = {}
    for label, value in table.items():
        if value in labels:
            raise ValueError(f"{labels[value]} and {label} both map to {value}")
        labels[value] = label
    return table


def _expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return text


def _rate_or_method(value: Any) -> "float | Literal['method']":
    if value == "method" or (type(value) is float and 0 < value < 1):
        return value
    raise ValueError("must be a learning rate in (0, 1), or method: that of the method")


def _micro_batch(value: Any) -> "int | Literal['auto'] | None":
    if value in ("auto", None) or (type(value) is int and value > 0):
        return value
    raise ValueError("must be a number of samples > 0, or auto: as many as memory takes")


def _relative_folder(path: str) -> str:
    if path.startswith(("/", "~")) or ".." in path.split("/"):
        raise ValueError("must be a folder below the repository, written without '..'")
    return path


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64)]
Positive = Annotated[int, Field(gt=0)]
Whole = Annotated[int, Field(ge=0)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Rate = Annotated[float, Field(gt=0, lt=1)]
# Virtual tokens of the mini models learn at rates that no other parameter bears.
ScaledRate = Annotated[float, Field(gt=0, lt=10)]
Share = Annotated[float, Field(ge=0, lt=1)]
HubId = Annotated[str, Field(pattern=r"^\w[\w.-]*/\w[\w.-]*$")]
Expression = Annotated[str, AfterValidator(_expression)]
Schedule = Literal["cosine", "linear", "constant_with_warmup", "logarithmic_warmup"]


def _axis(item: Any) -> Any:
    return Annotated[list[item], Field(min_length=1), AfterValidator(_distinct)]


def _per_method(item: Any) -> Any:
    return Annotated[dict[str, _axis(item)], BeforeValidator(_for_every_method)]


Selection = Annotated[_axis(str), BeforeValidator(_all_as_list)]


class Strict(BaseModel):
    """Base of all parts: frozen, strictly typed, unknown keys refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, protected_namespaces=()
    )


class Recipe(Strict):
    """What the paper's Table 11 sets per model; rates in paper labels.

    `connector_learning_rate: method` trains the connector at the rate of the method, as the
    released code of Qwen-VL does; `schedule` takes the place of that of all models.
    """

    connector_learning_rate: Annotated[float | Literal["method"], PlainValidator(_rate_or_method)]
    visual_encoder_learning_rate: Rate | None = None
    warmup_ratio: Share
    weight_decay: Annotated[float, Field(ge=0)]
    schedule: Schedule | None = None


class LinearSpec(Strict):
    """A linear map of a decoder layer, as `models.family.Linear` has it."""

    path: Annotated[str, Field(min_length=1)]
    location: Literal["attn", "mlp"]
    adapter: Literal["before", "after"]
    ia3: Literal["input", "output"] | None = None


class Modules(Strict):
    """Where the parts of a declared model are: regular expressions over full names.

    `decoder_layer` is one over modules, `connector` and `visual_encoder` are over parameters.
    `linears` are the maps of a decoder layer; without them those of Llama.
    """

    decoder_layer: Expression
    connector: Expression
    visual_encoder: Expression
    linears: Annotated[list[LinearSpec], Field(min_length=1)] | None = None


class ModelSpec(Strict):
    """A base model: `base` is its folder; `hub` the id to fetch that folder from, if any.

    `visual_tower` is the hub id of a tower that is published apart. The other options are those of
    `models.families.family_of`; what is left out is as the family has it.
    """

    label: Annotated[str, Field(min_length=1)]
    family: Literal["llava", "qwen_vl", "declared"]
    base: Annotated[str, AfterValidator(_relative_folder)]
    hub: HubId | None = None
    visual_tower: HubId | None = None
    chat: str | None = None
    connector_definition: str | None = None
    module_variants: dict[str, str] = {}
    modules: Modules | None = None
    recipe: Recipe


class MethodSpec(Strict):
    """Defaults of a method, in paper labels; `capabilities` says which keys it takes."""

    learning_rate: Rate
    size: Positive | None = None
    location: Location | None = None
    dropout: Share | None = None
    alpha_per_rank: Annotated[float, Field(gt=0)] | None = None
    initialisation: Literal["zero", "normal"] | None = None
    prefix_projection: bool | None = None


class DatasetSizes(Strict):
    """Rows per split; a test set alone has no others."""

    train: Whole = 0
    validation: Whole = 0
    test: Positive


class Preparation(Strict):
    """What preparing a real dataset does about images that cannot be used and about row counts.

    `broken_images`: stop, or skip them and draw other rows. `row_counts`: stop where a publisher's
    split is not of the size it should have, or warn.
    """

    broken_images: Literal["stop", "skip"] = "stop"
    row_counts: Literal["stop", "warn"] = "stop"


class Training(Strict):
    """What all runs of a study share.

    `batch_size` is the global one; `micro_batch_size` limits what one forward pass takes of it, and
    "auto" is as much as fits into the share `memory_share` of a GPU, by default 0.9.
    `gradient_checkpointing` computes activations twice instead of keeping them, with all methods
    that allow it.
    """

    batch_size: Positive
    micro_batch_size: Annotated[int | Literal["auto"] | None, PlainValidator(_micro_batch)] = None
    memory_share: Annotated[float, Field(gt=0, le=1)] | None = None
    gradient_checkpointing: bool = False
    epochs: Positive
    schedule: Schedule
    precision: Literal["float32", "bfloat16"]
    max_length: Positive

    @property
    def share_of_memory(self) -> float:
        """Of a GPU, for automatic micro-batches."""
        return 0.9 if self.memory_share is None else self.memory_share


class Evaluation(Strict):
    """Scoring: greedy decoding, `batch_size` prompts at a time."""

    batch_size: Positive


class JobResources(Strict):
    """What one job of a rule asks for: GPUs, CPU threads, MB of memory, minutes."""

    gpu: Whole
    threads: Positive
    mem_mb: Positive
    runtime: Positive


class Hardware(Strict):
    """What `snakemake plan` assumes of a GPU: an A100 with 80 GB, unless said otherwise.

    tflops: its peak in the study's precision, in 10^12 operations a second; utilisation: the share
    of it that a training reaches; bandwidth_gb: of its memory, in 10^9 bytes a second.
    """

    memory_gb: Annotated[float, Field(gt=0)] = 80.0
    tflops: Annotated[float, Field(gt=0)] = 312.0
    utilisation: Annotated[float, Field(gt=0, le=1)] = 0.4
    bandwidth_gb: Annotated[float, Field(gt=0)] = 2000.0


class SeenMixture(Strict):
    """Full fine-tuning of every base on the training rows of some datasets, before all runs.

    Paper, App. A.2: the visual encoder is frozen; what is not here is as in all runs.
    """

    datasets: _axis(str)
    learning_rate: Rate
    epochs: Positive
    seed: Seed = 42
    resources: JobResources


class Resources(Strict):
    """Resources of the two rules that load a model."""

    train: JobResources
    evaluate: JobResources


class Scaling(Strict):
    """Paper label -> value used at this scale; a kind that is left out keeps the paper's values."""

    bottleneck: Annotated[dict[Positive, Positive], AfterValidator(_injective)] = {}
    rank: Annotated[dict[Positive, Positive], AfterValidator(_injective)] = {}
    virtual_tokens: Annotated[dict[Positive, Positive], AfterValidator(_injective)] = {}
    samples: Annotated[dict[Positive, Positive], AfterValidator(_injective)] = {}
    learning_rate: dict[str, Annotated[dict[Rate, ScaledRate], AfterValidator(_injective)]] = {}


class Defaults(Strict):
    """Values of the axes that an experiment does not name."""

    connector: Tuning = "tuned"
    visual_encoder: Tuning = "frozen"
    samples: Annotated[Samples, PlainValidator(_samples)] = "full"
    seed: Seed = 42
    subset_seed: Seed = 42


class Experiment(Strict):
    """A product of axes, in paper labels; axes left out take the study's defaults.

    `seed` is the paper's seed: it sets initialisation and data order together. `size`, `location`
    and `learning_rate` may be given per method; the latter two also as one list for all methods.
    """

    model: Selection
    method: Selection
    dataset: Selection
    location: _per_method(Location) | None = None
    size: dict[str, _axis(Positive)] | None = None
    learning_rate: _per_method(Rate) | None = None
    connector: _axis(Tuning) | None = None
    visual_encoder: _axis(Tuning) | None = None
    samples: _axis(Annotated[Samples, PlainValidator(_samples)]) | None = None
    epochs: _axis(Positive) | None = None
    seed: _axis(Seed) | None = None
    init_seed: _axis(Seed) | None = None
    order_seed: _axis(Seed) | None = None
    subset_seed: _axis(Seed) | None = None


class Runs(Strict):
    """Runs of an experiment: those with one of the listed values; an axis left out takes all."""

    experiment: str
    model: _axis(str) | None = None
    method: _axis(str) | None = None
    dataset: _axis(str) | None = None
    connector: _axis(Tuning) | None = None


class EndpointJudge(Strict):
    """A language model behind an OpenAI-compatible endpoint; its key is never part of a study.

    base_url: up to and with "/v1". concurrency: requests of a job at a time; timeout_s: seconds
    for a reply; attempts: how often a request is made that fails for a reason that may pass.
    """

    kind: Literal["endpoint"]
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]
    model: Annotated[str, Field(min_length=1)]
    concurrency: Positive = 4
    timeout_s: Positive = 120
    attempts: Positive = 6

    @property
    def settings(self) -> dict[str, Any]:
        """What decides about a judgement."""
        return {"base_url": self.base_url, "model": self.model}

    @property
    def limits(self) -> dict[str, int]:
        """How the endpoint is asked, which changes no judgement."""
        return self.model_dump(include={"concurrency", "timeout_s", "attempts"})


class AnnotatorsJudge(Strict):
    """People, whose judgements are the CSV files in the folder `annotations`."""

    kind: Literal["annotators"]
    annotations: Annotated[str, AfterValidator(_relative_folder)]

    @property
    def settings(self) -> dict[str, Any]:
        """What decides about a judgement: the files alone, which are inputs of jobs."""
        return {}


JudgeConfig = Annotated[EndpointJudge | AnnotatorsJudge, Field(discriminator="kind")]


class EvaluationSpec(Strict):
    """Some runs measured on datasets beside their own, after chosen epochs.

    `epochs`: "last", a list, or {"nearest_to_minimum": n}, the n epochs closest to the smallest
    validation loss of each run. `capabilities` says which measure takes which of the other keys.
    """

    runs: Runs
    measure: Literal["transfer", "captions", "mmhal"]
    targets: _axis(str)
    epochs: Annotated[EpochChoice, PlainValidator(_epochs)]
    judge: str | None = None
    candidates: Positive | None = None
    images: Positive | None = None


class Examples(Strict):
    """How many test questions with an image to keep for display, the same for all of `runs`."""

    runs: Runs
    items: Positive


class StudyConfig(Strict):
    """A whole study file. `seeding: released_code` initialises every run with seed 42.

    `source: reported` fills the cells with the numbers that the paper prints; nothing is run.
    """

    name: Name
    source: Source = "run"
    models: Annotated[dict[Name, ModelSpec], Field(min_length=1)]
    methods: Annotated[dict[str, MethodSpec], Field(min_length=1)]
    datasets: Annotated[dict[str, DatasetSizes], Field(min_length=1)]
    preparation: Preparation = Preparation()
    training: Training
    evaluation: Evaluation
    resources: Resources
    hardware: Hardware = Hardware()
    scaling: Scaling = Scaling()
    seeding: Literal["paper", "released_code"] = "paper"
    seen_mixture: SeenMixture | None = None
    defaults: Defaults = Defaults()
    experiments: Annotated[dict[Name, Experiment], Field(min_length=1)]
    judges: dict[Name, JudgeConfig] = {}
    evaluations: dict[Name, EvaluationSpec] = {}
    examples: dict[Name, Examples] = {}

    def judge_kind(self, judge: str) -> str | None:
        """Kind of a judge: that of its declaration, or its own name; None if there is no such."""
        if judge in self.judges:
            return self.judges[judge].kind
        return judge if judge in JUDGES and JUDGES[judge].at_once else None


def plain(value: Any) -> Any:
    """Copy nested mappings and lists as plain dicts and lists (Snakemake may pass subclasses)."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
