from pathlib import Path

import pytest

from mmpeft.datasets.registry import DATASETS
from mmpeft.sources import DATASET_CODE, digest, sources

SCRIPTS = Path(__file__).parents[1] / "workflow_scripts"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A script over a package with the module names that `sources` tells apart."""
    files = {
        "train.py": "import json\nfrom mmpeft.training import fit\n",
        "mmpeft/__init__.py": "",
        "mmpeft/training.py": (
            "from mmpeft import models, files\n"
            "def fit():\n    from mmpeft.methods.adapter import layer\n"
        ),
        "mmpeft/files.py": "",
        "mmpeft/models/__init__.py": "import mmpeft.models.qwen_vl.vision\n",
        "mmpeft/models/qwen_vl/__init__.py": "",
        "mmpeft/models/qwen_vl/vision.py": "",
        "mmpeft/methods/__init__.py": "",
        "mmpeft/methods/adapter/__init__.py": "",
        "mmpeft/methods/adapter/layer.py": "",
        "mmpeft/unused.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def names(tree: Path, **options) -> set[str]:
    found = sources(tree / "train.py", **options)
    return {path.relative_to(tree / "mmpeft").as_posix() for path in found}


def test_imports_are_followed_with_their_packages(tree):
    assert names(tree) == {
        "__init__.py",
        "training.py",
        "files.py",
        "models/__init__.py",
        "models/qwen_vl/__init__.py",
        "models/qwen_vl/vision.py",
        "methods/__init__.py",
        "methods/adapter/__init__.py",
        "methods/adapter/layer.py",
    }


def test_numbers_depend_on_the_code_of_their_own_family_and_method(tree):
    common = {"__init__.py", "training.py", "models/__init__.py", "methods/__init__.py"}
    adapter = {"methods/adapter/__init__.py", "methods/adapter/layer.py"}
    qwen = {"models/qwen_vl/__init__.py", "models/qwen_vl/vision.py"}

    assert names(tree, numbers=True) == common
    assert names(tree, numbers=True, family="llava", method="adapter") == common | adapter
    assert names(tree, numbers=True, family="qwen_vl", method="lora") == common | qwen


def test_digest_is_of_names_and_contents(tree, tmp_path_factory):
    before = digest(tree / "train.py")
    moved = tree.rename(tmp_path_factory.mktemp("elsewhere") / "tree")
    assert digest(moved / "train.py") == before

    edited = moved.rename(moved.with_name("edited"))
    (edited / "mmpeft/models/qwen_vl/vision.py").write_text("x = 1\n")
    assert digest(edited / "train.py") != before


def test_fine_tuning_depends_on_what_computes_and_on_no_label():
    found = {
        path.relative_to(SCRIPTS / "mmpeft").as_posix()
        for path in sources(SCRIPTS / "train.py", family="llava", method="lora", numbers=True)
    }

    assert {"training/run.py", "methods/attach.py", "methods/lora.py", "batching.py"} <= found
    assert {"models/families.py", "models/loading.py"} <= found
    assert {"datasets/prompts.py", "datasets/targets.py"} <= found
    unrelated = ("study/", "models/mini/", "artefacts/", "tables/", "figures/")
    assert not [name for name in found if name.startswith(unrelated)]
    assert not found & {"results.py", "losses.py", "datasets/facts.py", "models/facts.py"}
    assert not found & {"datasets/registry.py", "methods/adapter/layer.py", "methods/prefix.py"}


@pytest.mark.parametrize(
    ("measure", "own"),
    [
        ("transfer", {"measures/transfer.py"}),
        ("captions", {"measures/captions.py", "judges/scene_graph.py", "judges/mentions.py"}),
        ("mmhal", {"measures/mmhal.py", "judges/scene_graph.py", "judges/mentions.py"}),
    ],
)
def test_a_measure_depends_on_its_own_code_and_on_a_judge_if_it_has_one(measure, own):
    found = {
        path.relative_to(SCRIPTS / "mmpeft").as_posix()
        for path in sources(
            SCRIPTS / "evaluate_epochs.py", family="llava", measure=measure, numbers=True
        )
    }
    all_of_them = {"measures/transfer.py", "measures/captions.py", "measures/mmhal.py"}
    all_of_them |= {"judges/scene_graph.py", "judges/mentions.py"}

    assert found & all_of_them == own
    assert ("datasets/mini/scene.py" in found) == ("judges/scene_graph.py" in own)
    assert {"measures/job.py", "epochs.py", "evaluation.py", "scoring.py"} <= found
    assert not found & {"results.py", "samples.py", "flops.py"}


def prepared_by(dataset: str) -> set[str]:
    found = sources(SCRIPTS / "prepare_dataset.py", dataset=dataset, numbers=True)
    return {path.relative_to(SCRIPTS / "mmpeft/datasets").as_posix() for path in found[1:]}


def test_preparing_a_generated_dataset_depends_on_its_generator():
    found = prepared_by("mini-okvqa")

    assert {"preparation.py", "mini/generate.py", "schema.py"} <= found
    assert not [name for name in found if name.startswith(("real/", "sources/"))]


def test_preparing_a_real_dataset_depends_on_its_own_module():
    found = prepared_by("okvqa")

    assert {"real/okvqa.py", "real/coco_vqa.py", "real/draw.py", "sources/archive.py"} <= found
    assert not found & {"real/vqav2.py", "sources/catalogue.py", "sources/download.py"}
    assert not [name for name in found if name.startswith("mini/")]


def test_every_real_dataset_has_its_code():
    assert {name for name, spec in DATASETS.items() if not spec.mini} == set(DATASET_CODE)
    for name, (module,) in DATASET_CODE.items():
        path = module.removeprefix("mmpeft.datasets.").replace(".", "/") + ".py"
        assert path in prepared_by(name)
