"""Where the files of a study lie: paths relative to the folder that Snakemake runs in."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path

from mmpeft import places
from mmpeft.artefacts.kinds import Artefact
from mmpeft.datasets import registry
from mmpeft.failures import passed_on
from mmpeft.study.config import AnnotatorsJudge
from mmpeft.study.study import Study

BASES = "results/bases"
DOWNLOADS = "results/downloads"
DATASETS = "results/datasets"
SOURCES = "results/sources"
# Kept in the repository: everybody who clones it gets the same data.
LOCKS = "reference/sources"
# Of language models that judge; studies share them, and no rule removes them.
REPLIES = "results/judgements"
CLAIMS = "reference/claims.yaml"
# The numbers that the paper prints, one file a table.
REPORTED = "reference/paper"


def reported_files() -> list[str]:
    """The files with the numbers that the paper prints."""
    return sorted(file.as_posix() for file in Path(REPORTED).glob("*.csv"))


def _in(study: Study, *place: str) -> str:
    return "/".join((study.folder, *place))


def split_file(study: Study, dataset: str, split: str) -> str:
    """One split of a dataset. The path holds the sizes, so that studies share equal datasets."""
    return f"{DATASETS}/{study.split_path(dataset, split)}"


def preparation_file(study: Study, dataset: str) -> str:
    """The record of how a dataset was made, or why it could not be; beside its splits."""
    return f"{split_file(study, dataset, 'test').rpartition('/')[0]}/{registry.PREPARATION}"


def missing_data(study: Study, root: Path = Path()) -> dict[str, str]:
    """Why datasets could not be had, by their name, of those that were tried."""
    failures = {
        name: passed_on(root / preparation_file(study, name)) for name in study.config.datasets
    }
    return {name: failure.reason for name, failure in failures.items() if failure is not None}


def source_folders(dataset: str) -> list[str]:
    """Folders of the fetched sources that a dataset is made from; none for a mini one."""
    return [f"{SOURCES}/{source}" for source in registry.DATASETS[dataset].sources]


def sources(study: Study) -> set[str]:
    """Names of the sources that the datasets of a study are made from."""
    used = (*study.datasets, *study.targets)
    return {source for dataset in used for source in registry.DATASETS[dataset].sources}


def sizes_in(text: str) -> dict[str, int]:
    """Rows per split from that part of a path: train-400_validation-100_test-300."""
    pairs = (part.split("-") for part in text.split("_"))
    return {name: int(rows) for name, rows in pairs}


def base_files(study: Study, model: str) -> list[str]:
    """Files of the base of a model's runs: of a shipped one, or the folder that a rule makes."""
    return _model_files(study, study.base(model))


def published_files(study: Study, model: str) -> list[str]:
    """The same of the base as published, before any full fine-tuning."""
    return _model_files(study, study.config.models[model].base)


def _model_files(study: Study, base: str) -> list[str]:
    if base.startswith((f"{BASES}/", f"{study.folder}/")):
        return [base]
    return [f"{base}/config.json", f"{base}/model.safetensors"]


def mixed_files(study: Study) -> list[str]:
    """Training and validation splits of the mixture of seen datasets; nothing without one."""
    splits = ("train", "validation")
    return [split_file(study, name, split) for name in _mixed(study) for split in splits]


def mixed_preparation_files(study: Study) -> list[str]:
    """The records of how the datasets of the mixture were made."""
    return [preparation_file(study, name) for name in _mixed(study)]


def _mixed(study: Study) -> Sequence[str]:
    mixture = study.config.seen_mixture
    return () if mixture is None else mixture.datasets


def checkpoint_files(study: Study, model: str) -> dict[str, str]:
    """Downloaded folders that a base is made of, by the keys of `Study.hubs`."""
    return {name: f"{DOWNLOADS}/{hub}" for name, hub in study.hubs(model).items()}


def outlined_files(study: Study) -> list[str]:
    """The configs of the models that are described, or the folders that a rule of ours makes."""
    named = (model["name"] for model in study.outline_settings()["models"])
    return [published_files(study, name)[0] for name in named]


def _of_runs(listed: Callable[[Study], list[str]]) -> Callable[[Study], list[str]]:
    """Files that only a study has whose runs are run: none where the paper's numbers fill it."""

    @wraps(listed)
    def files(study: Study) -> list[str]:
        return listed(study) if study.config.source == "run" else []

    return files


@_of_runs
def model_files(study: Study) -> list[str]:
    """Files of the bases of all models, as published."""
    return [file for model in study.models for file in published_files(study, model)]


@_of_runs
def record_files(study: Study) -> list[str]:
    """Training records of all runs."""
    return [_in(study, places.run(run.id), "train.json") for run in study.runs]


@_of_runs
def adapter_folders(study: Study) -> list[str]:
    """Adapters of all runs."""
    return [_in(study, places.run(run.id), "adapter") for run in study.runs]


@_of_runs
def loss_files(study: Study) -> list[str]:
    """Loss curves of all runs."""
    return [_in(study, places.run(run.id), "loss.csv") for run in study.runs]


@_of_runs
def score_files(study: Study) -> list[str]:
    """Scores of all runs and of their baselines: un-tuned bases, best constant answers."""
    scored = [
        *(places.run(run.id) for run in study.runs),
        *(places.base(model, dataset) for model, dataset in study.baselines),
        *(places.constant(dataset) for dataset in study.datasets),
    ]
    return [_in(study, place, "scores.json") for place in scored]


@_of_runs
def measure_files(study: Study) -> list[str]:
    """Scores of all evaluations beside those of `score_files`."""
    measured = (
        places.evaluation(one.evaluation, one.target, one.cell.run.id) for one in study.measurements
    )
    return [_in(study, place, "scores.json") for place in dict.fromkeys(measured)]


def image_file(study: Study, evaluation: str, model: str, dataset: str) -> str:
    """The images of a dataset that an evaluation lets the runs of a model caption."""
    return _in(study, places.images(evaluation, model, dataset))


@_of_runs
def image_files(study: Study) -> list[str]:
    """The chosen images of all evaluations."""
    return [image_file(study, *choice) for choice in study.image_choices]


def images_to_caption(study: Study, evaluation: str, dataset: str, run_id: str) -> list[str]:
    """The chosen images that a measurement reads; nothing for one that takes the whole test set."""
    model = study.run(run_id).model
    choice = (evaluation, model, dataset)
    return [image_file(study, *choice)] if choice in study.image_choices else []


def annotation_files(study: Study, evaluation: str, of: str, root: Path = Path()) -> list[str]:
    """The judgements that there are of captions "of" the base or the runs, if people judge them.

    Their files begin like that of the sheet: base.csv, base-anna.csv, runs.csv. They are told apart
    since what is said of runs must not choose the images anew.
    """
    judge = study.config.judges.get(study.config.evaluations[evaluation].judge)
    if not isinstance(judge, AnnotatorsJudge):
        return []
    return sorted(file.as_posix() for file in (root / judge.annotations).glob(f"{of}*.csv"))


def answer_files(study: Study, evaluation: str, model: str, dataset: str) -> list[str]:
    """The answers of a model's runs that an evaluation has judged afterwards."""
    places_ = (
        places.answers(evaluation, dataset, one.cell.run.id)
        for one in study.measurements
        if (one.evaluation, one.cell.run.model, one.target) == (evaluation, model, dataset)
    )
    return [_in(study, place, "predictions.parquet") for place in dict.fromkeys(places_)]


@_of_runs
def sheet_files(study: Study) -> list[str]:
    """The sheets of all evaluations that people judge."""
    judged = study.judged_by("annotators")
    return [
        _in(study, places.sheet(*choice, of))
        for choice in study.image_choices
        if choice[0] in judged
        for of in ("base", "runs")
    ]


@_of_runs
def test_files(study: Study) -> list[str]:
    """The test splits that runs or evaluations are scored on."""
    used = {*study.datasets, *study.targets}
    return [split_file(study, name, "test") for name in study.config.datasets if name in used]


def pretrained(model: str | None) -> list[str]:
    """Folder of a base that is pre-trained or fetched here; nothing for None."""
    return [] if model is None else [f"{BASES}/{model}"]


def published(study: Study) -> list[str]:
    """Models whose bases are made from a download."""
    return [name for name, spec in study.config.models.items() if spec.hub is not None]


def artefacts_of(study: Study, declared: Mapping[str, Artefact]) -> list[str]:
    """Ids of those artefacts of which the study has everything needed."""
    return [
        name
        for name, artefact in declared.items()
        if study.config.source in artefact.sources
        and all(
            set(getattr(study.config, section)).issuperset(names)
            for section, names in artefact.needs.items()
        )
    ]
