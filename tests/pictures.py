"""Made-up answers and captions of the complete mini study, about images of the real test sets.

What models say is right or wrong by the digest of who says it and about what; wrong captions name
another colour than the reference they repeat, and are judged by the real judge.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

import synthetic
from mmpeft.collected import Collected, gather
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.mini.scene import COLOURS
from mmpeft.datasets.registry import DATASETS
from mmpeft.judges import JUDGES
from mmpeft.samples import SAMPLES, Samples, chosen_ids
from mmpeft.study import Study, load_study
from workflow_tree import ROOT

N_TEST = 24  # rows of each test set that are drawn from
N_CAPTIONED = 6
_STUDY = ROOT / "studies/mini.yaml"


@cache
def study() -> Study:
    return load_study(yaml.safe_load(_STUDY.read_text(encoding="utf-8")))


def collected(folder: Path) -> Collected:
    """All samples of the study, nothing else of which has run; `folder` is an empty one."""
    manifest = synthetic.manifest(study())
    nothing = gather(manifest, folder, folder, synthetic.REPORTED)
    return Collected(nothing.results, nothing.losses, manifest, samples(manifest))


def samples(manifest: dict[str, Any]) -> Samples:
    rows = [*_examples(manifest), *_captions(manifest)]
    answers = pd.DataFrame(rows, columns=SAMPLES.names).astype({"epoch": "Int64"})
    images = {row["image"]: _test_set(row["target"])[row["id"]]["image"] for row in rows}
    return Samples(answers, images)


@cache
def _test_set(dataset: str) -> dict[str, dict[str, Any]]:
    rows = (generate_row(dataset, "test", index) for index in range(N_TEST))
    return {row["id"]: row for row in rows if row["image"] is not None}


def _examples(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for cell in manifest["examples"]:
        ids = chosen_ids(_test_set(cell["dataset"]), cell["items"], manifest["examples_seed"])
        base = {**cell, "run": None, "method_label": None, "connector": None, "epochs": None}
        speakers = [(cell, "run")]
        if (cell["method"], cell["connector"]) == ("adapter", "frozen"):
            speakers.append((base, "base"))
        for speaker, kind in speakers:
            for name in ids:
                row = _test_set(cell["dataset"])[name]
                said = {"kind": kind, "target": cell["dataset"], "epoch": speaker["epochs"]}
                yield _sample({**speaker, **said}, row, f"{speaker['run']}")


def _captions(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for cell in manifest["evaluations"]:
        if cell["evaluation"] == "captions":
            for epoch in cell["measured_epochs"]:
                for row in list(_test_set(cell["target"]).values())[:N_CAPTIONED]:
                    said = {**cell, "kind": "evaluation", "epoch": epoch}
                    yield _sample(said, row, f"{cell['run']} {epoch}", judged=True)
    for choice in manifest["images"]:
        for row in list(_test_set(choice["target"]).values())[:N_CAPTIONED]:
            yield _sample({**choice, "kind": "base"}, row, "right", judged=True)


def _sample(found: dict[str, Any], row: dict[str, Any], who: str, judged: bool = False) -> dict:
    spec = DATASETS[found["target"]]
    luck = hashlib.sha256(f"{who} {row['id']}".encode()).digest()[0]
    right = who == "right" or luck % 3 > 0
    prediction = _caption(row, right, luck) if spec.task == "caption" else _answer(row, right, spec)
    verdict = JUDGES["scene_graph"].captions([prediction], [row])[0] if judged else None
    more = {
        "target_label": spec.label,
        "id": row["id"],
        "image": f"{spec.name}/{row['id']}",
        "question": row["question"],
        "prompt": spec.prompt(row),
        "answers": row["answers"] or row["references"],
        "prediction": prediction,
        "score": 100.0 * right if spec.task != "caption" else 40.0 + luck,
        "metric": spec.metric,
        "hallucinated": None if verdict is None else list(verdict.hallucinated),
    }
    return {name: {**found, **more}.get(name) for name in SAMPLES.names}


def _answer(row: dict[str, Any], right: bool, spec: Any) -> str:
    if right:
        return spec.target(row)
    others = (spec.target(other) for other in _test_set(spec.name).values())
    return next(answer for answer in others if answer not in (spec.target(row), *row["answers"]))


def _caption(row: dict[str, Any], right: bool, luck: int) -> str:
    caption = row["references"][luck % len(row["references"])]
    if right:
        return caption
    named = [colour for colour in COLOURS if colour in caption.split()]
    absent = next(colour for colour in COLOURS if colour not in " ".join(row["references"]))
    return caption.replace(named[0], absent, 1) if named else f"{caption} and a {absent} star"
