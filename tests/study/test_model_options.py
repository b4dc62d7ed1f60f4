"""What a study may say of a model, and what comes of it in the settings of jobs."""

import re
from pathlib import Path

import pytest
import yaml

from declared_models import MODULES as MODULES_OF
from example_study import change, example_study
from mmpeft.models.families import family_of
from mmpeft.study import StudyError, layout, load_study

LLAVA, QWEN = ["models", "mini-llava-7b"], ["models", "mini-qwen-vl"]
MODULES = {"decoder_layer": r"h\.\d+", "connector": r"c\..*", "visual_encoder": r"v\..*"}
MIXTURE = {
    "datasets": ["mini-okvqa"],
    "learning_rate": 2e-5,
    "epochs": 1,
    "resources": {"gpu": 1, "threads": 2, "mem_mb": 3000, "runtime": 40},
}


def study(*changes):
    config = example_study()
    for path, value in changes:
        change(config, path, value)
    return load_study(config)


def run_of(built, model, method="lora"):
    return next(run for run in built.runs if (run.model, run.method) == (model, method))


BAD = {
    "chat of another family": (
        ([*LLAVA, "chat"], "chatml"),
        "models.mini-llava-7b.chat: llava has no 'chatml'; legal: vicuna_v1, plain",
    ),
    "connector of another family": (
        ([*LLAVA, "connector_definition"], "paper_code"),
        "models.mini-llava-7b.connector_definition: llava has no 'paper_code'; legal: projector",
    ),
    "unknown variant": (
        ([*QWEN, "module_variants"], {"lora": "released"}),
        "models.mini-qwen-vl.module_variants.lora: qwen_vl has no 'released'; "
        "legal: released_code (did you mean 'released_code'?)",
    ),
    "method without a variant": (
        ([*QWEN, "module_variants"], {"ia3": "released_code"}),
        "models.mini-qwen-vl.module_variants: 'ia3' is not a method with a variant released_code "
        "in qwen_vl; legal: adapter, lora",
    ),
    "modules of a known family": (
        ([*QWEN, "modules"], MODULES),
        "models.mini-qwen-vl.modules: given, but the modules of qwen_vl are known",
    ),
    "declared without modules": (
        ([*QWEN, "family"], "declared"),
        "models.mini-qwen-vl.modules: missing, but a declared model needs it",
    ),
    "not an expression": (
        ([*QWEN, "modules"], {**MODULES, "connector": "("}),
        "models.mini-qwen-vl.modules.connector: '(': is no regular expression: missing ), "
        "unterminated subpattern at position 0",
    ),
    "unknown part": (
        ([*QWEN, "modules"], {**MODULES, "decoder": "x"}),
        "models.mini-qwen-vl.modules.decoder: unknown key; legal: decoder_layer, connector, "
        "visual_encoder, linears (did you mean 'decoder_layer'?)",
    ),
    "tower of a model with one": (
        ([*QWEN, "visual_tower"], "owner/tower"),
        "models.mini-qwen-vl.visual_tower: 'owner/tower', but only a llava with a hub has one",
    ),
    "no rate": (
        ([*QWEN, "recipe", "connector_learning_rate"], "own"),
        "models.mini-qwen-vl.recipe.connector_learning_rate: 'own': must be a learning rate in "
        "(0, 1), or method: that of the method",
    ),
    "mixture of what is not there": (
        (["seen_mixture"], {**MIXTURE, "datasets": ["mini-vqa"]}),
        "seen_mixture.datasets: 'mini-vqa' is not a dataset that this study can train on; "
        "legal: mini-scienceqa, mini-okvqa (did you mean 'mini-okvqa'?)",
    ),
}


@pytest.mark.parametrize(("fault", "message"), BAD.values(), ids=BAD)
def test_says_what_is_wrong_and_what_would_be_legal(fault, message):
    with pytest.raises(StudyError) as caught:
        study(fault)
    assert message in caught.value.problems


def test_options_of_a_model_reach_its_jobs_and_no_others():
    options = {"connector_definition": "paper_code", "module_variants": {"lora": "released_code"}}
    plain = study()
    changed = study(*(([*QWEN, key], value) for key, value in options.items()))
    for model, expected in (("mini-qwen-vl", options), ("mini-llava-7b", {})):
        before, after = (
            one.train_settings(run_of(one, model))["model"] for one in (plain, changed)
        )
        assert after == {**before, **expected}
    assert family_of(
        changed.evaluate_settings("mini-qwen-vl", "mini-okvqa")["model"]
    ).connector == ("paper_code")


def test_a_declared_model_carries_its_modules():
    linears = [{"path": "mlp.fc", "location": "mlp", "adapter": "after", "ia3": None}]
    built = study(
        ([*QWEN, "family"], "declared"), ([*QWEN, "modules"], {**MODULES, "linears": linears})
    )
    settings = built.train_settings(run_of(built, "mini-qwen-vl"))["model"]
    family = family_of(settings)
    assert family.decoder_layer == MODULES["decoder_layer"]
    assert [linear.path for linear in family.linears] == ["mlp.fc"]


def test_options_of_methods_reach_their_runs():
    built = study(
        (["methods", "adapter", "initialisation"], "normal"),
        (["methods", "prefix", "prefix_projection"], True),
    )
    adapter, prefix, lora = (
        built.train_settings(run_of(built, "mini-qwen-vl", method))["method"]
        for method in ("adapter", "prefix", "lora")
    )
    assert adapter["initialisation"] == "normal"
    assert prefix["prefix_projection"] is True
    assert not lora.keys() & {"initialisation", "prefix_projection"}


def test_a_connector_can_train_at_the_rate_of_the_method_and_a_model_by_its_own_schedule():
    built = study(
        ([*QWEN, "recipe", "connector_learning_rate"], "method"),
        ([*QWEN, "recipe", "schedule"], "logarithmic_warmup"),
    )
    qwen, llava = (
        built.train_settings(run_of(built, model)) for model in ("mini-qwen-vl", "mini-llava-7b")
    )
    assert qwen["connector_learning_rate"] == qwen["learning_rate"]
    assert llava["connector_learning_rate"] == 1e-3
    assert (qwen["schedule"], llava["schedule"]) == ("logarithmic_warmup", "cosine")
    set_up = built.manifest()["set_up"]["models"]
    assert [model["connector_learning_rate"] for model in set_up] == [
        {"label": 2e-5, "value": 1e-3},
        "method",
    ]


def test_all_runs_start_from_the_bases_that_have_seen_the_mixture():
    plain, mixed = study(), study((["seen_mixture"], MIXTURE))
    base = "results/example/bases/mini-llava-7b"
    run = run_of(mixed, "mini-llava-7b")
    assert mixed.train_settings(run)["model"]["base"] == base
    assert mixed.evaluate_settings("mini-llava-7b", "mini-okvqa")["model"]["base"] == base
    assert layout.base_files(mixed, "mini-llava-7b") == [base]
    assert layout.mixed_files(mixed) == [
        f"results/datasets/mini-okvqa/train-280_validation-100_test-300/{split}.parquet"
        for split in ("train", "validation")
    ]
    settings = mixed.seen_settings("mini-llava-7b")
    assert settings["model"]["base"] == "reference/bases/mini-llava-7b"
    assert layout.published_files(mixed, "mini-llava-7b") == layout.base_files(
        plain, "mini-llava-7b"
    )
    assert (settings["train_samples"], settings["learning_rate"]) == (280, 2e-5)
    assert mixed.seen_resources.gpu == 1
    assert layout.mixed_files(plain) == []
    # run ids are those of the same settings without it
    assert [one.id for one in plain.runs] == [one.id for one in mixed.runs]


def test_the_declared_model_of_the_readme_is_one_that_is_tested():
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```yaml\n(models:.*?)^```", text, re.M | re.S)
    config = example_study()
    config["models"] |= yaml.safe_load(block)["models"]
    built = load_study(config)
    settings = built.train_settings(run_of(built, "smolvlm"))["model"]
    assert settings["modules"] == MODULES_OF["smolvlm"]
    assert layout.checkpoint_files(built, "smolvlm")["checkpoint"].startswith("results/downloads/")
