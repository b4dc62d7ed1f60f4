"""Where the files of a study lie: paths relative to the folder that Snakemake runs in."""

from collections.abc import Mapping

from mmpeft import places
from mmpeft.artefacts.kinds import Artefact
from mmpeft.study.study import Study

BASES = "results/bases"
DATASETS = "results/datasets"


def folder(study: Study) -> str:
    """Folder of everything that belongs to this study alone."""
    return f"results/{study.name}"


def _in(study: Study, *place: str) -> str:
    return "/".join((folder(study), *place))


def split_file(study: Study, dataset: str, split: str) -> str:
    """One split of a dataset. The path holds the sizes, so that studies share equal datasets."""
    return f"{DATASETS}/{study.split_path(dataset, split)}"


def sizes_in(text: str) -> dict[str, int]:
    """Rows per split from that part of a path: train-400_validation-100_test-300."""
    pairs = (part.split("-") for part in text.split("_"))
    return {name: int(rows) for name, rows in pairs}


def base_files(study: Study, model: str) -> list[str]:
    """Files of a base: those of a shipped one, or the folder that a rule of ours makes."""
    base = study.config.models[model].base
    if base.startswith(f"{BASES}/"):
        return [base]
    return [f"{base}/config.json", f"{base}/model.safetensors"]


def outlined_files(study: Study) -> list[str]:
    """The configs of the models that are described, or the folders that a rule of ours makes."""
    return [base_files(study, model["name"])[0] for model in study.outline_settings()["models"]]


def record_files(study: Study) -> list[str]:
    """Training records of all runs."""
    return [_in(study, places.run(run.id), "train.json") for run in study.runs]


def loss_files(study: Study) -> list[str]:
    """Loss curves of all runs."""
    return [_in(study, places.run(run.id), "loss.csv") for run in study.runs]


def score_files(study: Study) -> list[str]:
    """Scores of all runs and of their baselines: un-tuned bases, best constant answers."""
    scored = [
        *(places.run(run.id) for run in study.runs),
        *(places.base(model, dataset) for model, dataset in study.baselines),
        *(places.constant(dataset) for dataset in study.datasets),
    ]
    return [_in(study, place, "scores.json") for place in scored]


def measure_files(study: Study) -> list[str]:
    """Scores of all evaluations beside those of `score_files`."""
    measured = (
        places.evaluation(one.evaluation, one.target, one.cell.run.id) for one in study.measurements
    )
    return [_in(study, place, "scores.json") for place in dict.fromkeys(measured)]


def image_file(study: Study, evaluation: str, model: str, dataset: str) -> str:
    """The images of a dataset that an evaluation lets the runs of a model caption."""
    return _in(study, places.images(evaluation, model, dataset))


def image_files(study: Study) -> list[str]:
    """The chosen images of all evaluations."""
    return [image_file(study, *choice) for choice in study.image_choices]


def images_to_caption(study: Study, evaluation: str, dataset: str, run_id: str) -> list[str]:
    """The chosen images that a measurement reads; nothing for one that takes the whole test set."""
    model = study.run(run_id).model
    choice = (evaluation, model, dataset)
    return [image_file(study, *choice)] if choice in study.image_choices else []


def test_files(study: Study) -> list[str]:
    """The test splits that runs or evaluations are scored on."""
    used = {*study.datasets, *study.targets}
    return [split_file(study, name, "test") for name in study.config.datasets if name in used]


def pretrained(model: str | None) -> list[str]:
    """Folder of a base that is pre-trained or fetched here; nothing for None."""
    return [] if model is None else [f"{BASES}/{model}"]


def hubs(study: Study) -> dict[str, str]:
    """Hub ids of the models whose bases are fetched."""
    return {name: spec.hub for name, spec in study.config.models.items() if spec.hub is not None}


def artefacts_of(study: Study, declared: Mapping[str, Artefact]) -> list[str]:
    """Ids of those artefacts of which the study has everything needed."""
    return [
        name
        for name, artefact in declared.items()
        if all(
            set(getattr(study.config, section)).issuperset(names)
            for section, names in artefact.needs.items()
        )
    ]
