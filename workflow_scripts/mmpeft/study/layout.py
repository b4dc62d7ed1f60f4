"""Where the files of a study lie: paths relative to the folder that Snakemake runs in."""

from collections.abc import Iterable, Mapping

from mmpeft.study.study import Study

BASES = "results/bases"
DATASETS = "results/datasets"


def folder(study: Study) -> str:
    """Folder of everything that belongs to this study alone."""
    return f"results/{study.name}"


def split_file(study: Study, dataset: str, split: str) -> str:
    """One split of a dataset. The path holds the sizes, so that studies share equal datasets."""
    sizes = "_".join(f"{name}-{rows}" for name, rows in study.sizes(dataset))
    return f"{DATASETS}/{dataset}/{sizes}/{split}.parquet"


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


def record_files(study: Study) -> list[str]:
    """Training records of all runs."""
    return [f"{folder(study)}/runs/{run.id}/train.json" for run in study.runs]


def loss_files(study: Study) -> list[str]:
    """Loss curves of all runs."""
    return [f"{folder(study)}/runs/{run.id}/loss.csv" for run in study.runs]


def score_files(study: Study) -> list[str]:
    """Scores of all runs and of their baselines: un-tuned bases, best constant answers."""
    return [
        *(f"{folder(study)}/runs/{run.id}/scores.json" for run in study.runs),
        *(
            f"{folder(study)}/baselines/base/{model}/{dataset}/scores.json"
            for model, dataset in study.baselines
        ),
        *(
            f"{folder(study)}/baselines/constant/{dataset}/scores.json"
            for dataset in study.datasets
        ),
    ]


def pretrained(model: str | None) -> list[str]:
    """Folder of a base that is pre-trained or fetched here; nothing for None."""
    return [] if model is None else [f"{BASES}/{model}"]


def hubs(study: Study) -> dict[str, str]:
    """Hub ids of the models whose bases are fetched."""
    return {name: spec.hub for name, spec in study.config.models.items() if spec.hub is not None}


def artefacts_of(study: Study, needed: Mapping[str, Iterable[str]]) -> list[str]:
    """Ids of those artefacts whose needed experiments the study has."""
    own = set(study.config.experiments)
    return [name for name, experiments in needed.items() if own.issuperset(experiments)]
