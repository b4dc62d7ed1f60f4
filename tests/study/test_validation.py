from pathlib import Path

import pytest
import yaml

from example_study import REMOVED, change, example_study
from mmpeft.study import StudyError, load_study

MAIN = ["experiments", "main"]
LLAVA = ["models", "mini-llava-7b"]

# One wrong value at a time: where, what, and the one line that must come of it.
BAD = {
    "unknown key": (
        ["sedding"],
        "paper",
        "sedding: unknown key; legal: name, source, models, methods, datasets, preparation, "
        "training, evaluation, resources, scaling, seeding, seen_mixture, defaults, experiments, "
        "judges, "
        "evaluations, examples "
        "(did you mean 'seeding'?)",
    ),
    "unknown nested key": (
        [*LLAVA, "recipe", "warmup"],
        0.03,
        "models.mini-llava-7b.recipe.warmup: unknown key; legal: connector_learning_rate, "
        "visual_encoder_learning_rate, warmup_ratio, weight_decay, schedule "
        "(did you mean 'warmup_ratio'?)",
    ),
    "missing key": (["training", "epochs"], REMOVED, "training.epochs: missing, but required"),
    "number as text": (
        ["methods", "lora", "learning_rate"],
        "1e-4",
        "methods.lora.learning_rate: '1e-4' is text, not a number; write 1.0e-4",
    ),
    "label as text": (
        ["scaling", "learning_rate", "lora"],
        {"2e-4": 1e-3},
        "scaling.learning_rate.lora.2e-4: '2e-4' is text, not a number; write 2.0e-4",
    ),
    "true as number": (
        ["training", "batch_size"],
        True,
        "training.batch_size: True is not possible; input should be a valid integer",
    ),
    "fraction of a sample": (
        ["datasets", "mini-okvqa", "train"],
        99.5,
        "datasets.mini-okvqa.train: 99.5 is not possible; input should be a valid integer",
    ),
    "no rows": (
        ["datasets", "mini-okvqa", "test"],
        0,
        "datasets.mini-okvqa.test: 0 is not possible; input should be greater than 0",
    ),
    "rate out of range": (
        ["methods", "ia3", "learning_rate"],
        2.0,
        "methods.ia3.learning_rate: 2.0 is not possible; input should be less than 1",
    ),
    "not a rate": (
        ["methods", "ia3", "learning_rate"],
        float("nan"),
        "methods.ia3.learning_rate: nan is not possible; input should be a finite number",
    ),
    "unknown family": (
        [*LLAVA, "family"],
        "lava",
        "models.mini-llava-7b.family: 'lava' is not possible; legal: llava, qwen_vl, declared "
        "(did you mean 'llava'?)",
    ),
    "path out of the repository": (
        [*LLAVA, "base"],
        "../elsewhere",
        "models.mini-llava-7b.base: '../elsewhere': must be a folder below the repository, "
        "written without '..'",
    ),
    "name that is a path": (
        ["name"],
        "../up",
        "name: '../up' must match ^[a-z0-9][a-z0-9._-]*$",
    ),
    "unknown dataset": (
        ["datasets", "mini-vqav3"],
        {"train": 1, "validation": 1, "test": 1},
        "datasets: 'mini-vqav3' is not a dataset; legal: scienceqa, mini-scienceqa, vizwiz, "
        "mini-vizwiz, iconqa-txt, mini-iconqa-txt, iconqa-blank, mini-iconqa-blank, flickr30k, "
        "mini-flickr30k, okvqa, mini-okvqa, ocrvqa, mini-ocrvqa, vqav2, mini-vqav2, mmhal, "
        "mini-mmhal (did you mean 'mini-vqav2'?)",
    ),
    "unknown method": (
        ["methods", "dora"],
        {"learning_rate": 1e-4},
        "methods: 'dora' is not a method; legal: adapter, lora, ia3, prefix (did you mean 'lora'?)",
    ),
    "size of a method without one": (
        ["methods", "ia3", "size"],
        8,
        "methods.ia3.size: IA3 has no size; legal: learning_rate, location",
    ),
    "location of a method without one": (
        ["methods", "prefix", "location"],
        "both",
        "methods.prefix.location: Prefix has no location; legal: learning_rate, prefix_projection, "
        "size",
    ),
    "option of another method": (
        ["methods", "adapter", "alpha_per_rank"],
        2,
        "methods.adapter.alpha_per_rank: Adapter has no alpha_per_rank; "
        "legal: dropout, initialisation, learning_rate, location, size",
    ),
    "method without its size": (
        ["methods", "lora", "size"],
        REMOVED,
        "methods.lora.size: missing, but LoRA needs it",
    ),
    "two models of one label": (
        ["models", "mini-qwen-vl", "label"],
        "LLaVA-1.5-7B",
        "models.mini-qwen-vl.label: 'LLaVA-1.5-7B' is already the label of mini-llava-7b",
    ),
    "micro-batch that does not fit": (
        ["training", "micro_batch_size"],
        5,
        "training.micro_batch_size: 5 does not divide batch_size 16",
    ),
    "two labels of one value": (
        ["scaling", "rank"],
        {64: 8, 128: 8},
        "scaling.rank: {64: 8, 128: 8}: 64 and 128 both map to 8",
    ),
    "label without value": (
        ["scaling", "rank"],
        {64: 4},
        "scaling.rank: no value for 128, which methods.lora.size uses; has: 64",
    ),
    "rate without value": (
        [*MAIN, "learning_rate"],
        {"lora": [1e-5]},
        "scaling.learning_rate.lora: no value for 1e-05, which experiments.main.learning_rate "
        "uses; has: 0.0002, 5e-05",
    ),
    "rates of nobody": (
        ["scaling", "learning_rate", "conector"],
        {},
        "scaling.learning_rate: 'conector' is not a part with a learning rate; legal: adapter, "
        "lora, ia3, prefix, connector, visual_encoder (did you mean 'connector'?)",
    ),
    "model of another study": (
        [*MAIN, "model"],
        ["mini-llava-13b"],
        "experiments.main.model: 'mini-llava-13b' is not a model of this study; "
        "legal: mini-llava-7b, mini-qwen-vl (did you mean 'mini-llava-7b'?)",
    ),
    "no list": (
        [*MAIN, "connector"],
        "tuned",
        "experiments.main.connector: 'tuned' is not a list; write [tuned]",
    ),
    "empty list": (
        [*MAIN, "seed"],
        [],
        "experiments.main.seed: is empty; give at least one entry",
    ),
    "value listed twice": (
        [*MAIN, "seed"],
        [42, 21, 42],
        "experiments.main.seed: [42, 21, 42]: 42 is listed twice",
    ),
    "unknown location": (
        [*MAIN, "location"],
        ["mlp", "norm"],
        "experiments.main.location[1]: 'norm' is not possible; legal: attn, mlp, both",
    ),
    "locations for Prefix": (
        [*MAIN, "location"],
        ["mlp", "both"],
        "experiments.main.location: Prefix has no location; legal: adapter, lora, ia3",
    ),
    "sizes for IA3": (
        [*MAIN, "size"],
        {"ia3": [8]},
        "experiments.main.size: IA3 has no size; legal: adapter, lora, prefix",
    ),
    "sizes for all": (
        [*MAIN, "size"],
        [64, 128],
        "experiments.main.size: [64, 128] is not a mapping of keys to values",
    ),
    "samples in words": (
        [*MAIN, "samples"],
        ["all"],
        "experiments.main.samples[0]: 'all': must be a number of training samples > 0, or full",
    ),
    "tuned encoder without rate": (
        [*MAIN, "visual_encoder"],
        ["tuned"],
        "experiments.main.visual_encoder: tuned, but models.mini-llava-7b.recipe has no "
        "visual_encoder_learning_rate",
    ),
}


def problems(study: dict) -> tuple[str, ...]:
    with pytest.raises(StudyError) as caught:
        load_study(study)
    return caught.value.problems


@pytest.mark.parametrize(("path", "value", "message"), BAD.values(), ids=BAD)
def test_says_what_is_wrong_and_what_would_be_legal(path, value, message):
    study = example_study()
    change(study, path, value)

    assert message in problems(study)


def test_seed_beside_init_seed():
    study = example_study()
    study["experiments"]["main"] |= {"seed": [21], "init_seed": [42]}

    assert problems(study) == (
        "experiments.main.seed: sets init_seed and order_seed, so it cannot stand beside init_seed",
    )


def test_init_seed_without_effect():
    study = example_study(seeding="released_code")
    study["experiments"]["main"]["init_seed"] = [21]

    assert problems(study) == (
        "experiments.main.init_seed: [21] has no effect, as seeding: released_code initialises "
        "every run with 42",
    )


def test_axis_of_a_method_that_the_experiment_leaves_out():
    study = example_study()
    study["experiments"]["main"] |= {"method": ["lora"], "location": {"adapter": ["attn"]}}

    assert problems(study) == (
        "experiments.main.location: 'adapter' is not a method of this experiment; legal: lora",
    )


def test_all_faults_come_at_once():
    study = example_study(name=3, seeding="papr", evaluation={"batch_size": "8"})

    assert problems(study) == (
        "name: 3 is not possible; input should be a valid string",
        "evaluation.batch_size: '8' is text, not a number",
        "seeding: 'papr' is not possible; legal: paper, released_code (did you mean 'paper'?)",
    )


def test_an_empty_file_is_no_study():
    assert "models: missing, but required" in problems({})


def test_message_lists_the_faults():
    with pytest.raises(StudyError) as caught:
        load_study(example_study(seeding="x"))

    assert str(caught.value) == (
        "the study has 1 fault:\n  - seeding: 'x' is not possible; legal: paper, released_code"
    )


def test_yaml_gives_the_text_that_the_message_warns_of(tmp_path: Path):
    file = tmp_path / "study.yaml"
    file.write_text("rates: [1e-4, 1.0e-4]")

    assert yaml.safe_load(file.read_text())["rates"] == ["1e-4", 1e-4]
