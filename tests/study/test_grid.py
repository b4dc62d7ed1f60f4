import json
from dataclasses import asdict

import pytest

from example_study import example_study
from mmpeft.study import Run, load_study
from mmpeft.study.grid import short

RUN = Run(
    model="mini-llava-7b",
    dataset="mini-scienceqa",
    method="lora",
    location="both",
    size=8,
    connector="tuned",
    visual_encoder="frozen",
    learning_rate=2e-3,
    train_samples=400,
    epochs=3,
    init_seed=42,
    order_seed=42,
    subset_seed=42,
)


def one_experiment(**axes):
    main = {"model": ["mini-llava-7b"], "method": ["lora"], "dataset": ["mini-okvqa"]}
    return {"main": main | axes}


def runs(**changes) -> tuple[Run, ...]:
    return load_study(example_study(**changes)).runs


def test_id_shows_every_axis():
    assert RUN.id == (
        "mini-llava-7b/mini-scienceqa/lora-both-r8/connector-tuned/encoder-frozen/"
        "lr-2e-3_n-400_epochs-3/init-42_order-42_subset-42"
    )


@pytest.mark.parametrize(
    ("method", "location", "size", "part"),
    [
        ("adapter", "mlp", 16, "adapter-mlp-b16"),
        ("ia3", "attn", None, "ia3-attn"),
        ("prefix", None, 20, "prefix-t20"),
    ],
)
def test_id_leaves_out_what_a_method_lacks(method, location, size, part):
    values = asdict(RUN) | {"method": method, "location": location, "size": size}

    assert Run(**values).id.split("/")[2] == part


@pytest.mark.parametrize(
    ("number", "text"),
    [(2e-4, "2e-4"), (5e-6, "5e-6"), (0.25, "2.5e-1"), (0.0123, "1.23e-2"), (0.1 + 0.2, None)],
)
def test_short_reads_back(number, text):
    assert float(short(number)) == number
    assert text is None or short(number) == text


def test_axes_multiply_and_scale():
    found = runs(
        experiments=one_experiment(connector=["frozen", "tuned"], seed=[21, 42], epochs=[1, 12])
    )

    assert len(found) == 8
    assert {run.size for run in found} == {8}
    assert {run.learning_rate for run in found} == {2e-3}
    assert {(run.init_seed, run.order_seed, run.subset_seed) for run in found} == {
        (21, 21, 42),
        (42, 42, 42),
    }


def test_labels_are_the_papers():
    cell = load_study(example_study(experiments=one_experiment(samples=[1000]))).cells[0]

    assert cell.run.size == 8
    assert cell.run.train_samples == 40
    assert asdict(cell.labels) == {
        "model": "LLaVA-1.5-7B",
        "method": "LoRA",
        "dataset": "OKVQA",
        "location": "both",
        "size": 128,
        "learning_rate": 2e-4,
        "connector": "tuned",
        "visual_encoder": "frozen",
        "samples": 1000,
        "epochs": 3,
        "seed": 42,
    }
    assert cell.record()["size"] == 8
    assert cell.record()["size_label"] == 128
    assert cell.record()["seen"] is True


def test_a_dataset_gives_what_it_has():
    high, full = (
        runs(experiments=one_experiment(samples=[samples])) for samples in (10000, "full")
    )

    assert high == full
    assert high[0].train_samples == 280


def test_equal_runs_are_shared():
    experiments = one_experiment() | {"again": one_experiment(seed=[21, 42])["main"]}
    study = load_study(example_study(experiments=experiments))

    assert len(study.cells) == 3
    assert len(study.runs) == 2


def test_axes_per_method():
    experiments = one_experiment(
        method=["adapter", "lora", "ia3"],
        size={"adapter": [128, 256], "lora": [64]},
        location={"ia3": ["attn", "mlp"]},
        learning_rate={"lora": [5e-5]},
    )

    found = [
        (run.method, run.location, run.size, run.learning_rate)
        for run in runs(experiments=experiments)
    ]

    assert found == [
        ("adapter", "mlp", 16, 5e-5),
        ("adapter", "mlp", 8, 5e-5),
        ("ia3", "attn", None, 2e-4),
        ("ia3", "mlp", None, 2e-4),
        ("lora", "both", 4, 5e-4),
    ]


def test_seeds_of_initialisation_and_order_apart():
    found = runs(experiments=one_experiment(init_seed=[1, 2], order_seed=[3]))

    assert [(run.init_seed, run.order_seed) for run in found] == [(1, 3), (2, 3)]


def test_released_code_initialises_with_42():
    study = load_study(
        example_study(experiments=one_experiment(seed=[21, 63]), seeding="released_code")
    )

    assert [(run.init_seed, run.order_seed) for run in study.runs] == [(42, 21), (42, 63)]
    assert [cell.labels.seed for cell in study.cells] == [21, 63]


@pytest.mark.parametrize("grown", ["seed", "model", "experiment"])
def test_a_larger_study_keeps_the_runs_of_the_smaller(grown):
    larger = {
        "seed": one_experiment(seed=[42, 21]),
        "model": one_experiment(model="all"),
        "experiment": one_experiment() | {"new": one_experiment(connector=["frozen"])["main"]},
    }
    old = load_study(example_study(experiments=one_experiment()))
    new = load_study(example_study(experiments=larger[grown]))

    assert set(old.runs) < set(new.runs)
    for run in old.runs:
        assert new.train_settings(run) == old.train_settings(run)


def test_settings_hold_what_the_job_reads():
    study = load_study(example_study())
    run = next(run for run in study.runs if run.method == "lora")

    assert study.train_settings(run) == {
        "model": {
            "name": "mini-llava-7b",
            "family": "llava",
            "chat": "plain",
            "base": "reference/bases/mini-llava-7b",
        },
        "method": {"name": "lora", "location": "both", "size": 8, "dropout": 0.05, "alpha": 16},
        "dataset": {"name": "mini-okvqa", "prompt": "short_answer", "target": "majority"},
        "connector": "tuned",
        "visual_encoder": "frozen",
        "learning_rate": 2e-3,
        "connector_learning_rate": 1e-3,
        "visual_encoder_learning_rate": None,
        "train_samples": 280,
        "epochs": 3,
        "batch_size": 16,
        "warmup_ratio": 0.03,
        "weight_decay": 0.0,
        "schedule": "cosine",
        "precision": "float32",
        "max_length": 256,
        "seeds": {"init": 42, "order": 42, "subset": 42},
    }
    assert study.evaluate_settings("mini-llava-7b", "mini-okvqa") == {
        "model": study.train_settings(run)["model"],
        "dataset": {
            "name": "mini-okvqa",
            "metric": "vqa_score",
            "max_new_tokens": 4,
            "prompt": "short_answer",
        },
        "batch_size": 64,
        "precision": "float32",
    }


def test_frozen_parts_do_not_depend_on_their_rate():
    experiments = one_experiment(connector=["frozen"])
    one, other = (
        load_study(
            example_study(
                experiments=experiments, scaling__learning_rate={"connector": {2e-5: r, 1e-5: 0.5}}
            )
        )
        for r in (1e-3, 2e-3)
    )

    assert one.train_settings(one.runs[0]) == other.train_settings(other.runs[0])


def test_outlines_take_each_method_at_its_locations_in_this_study():
    experiments = one_experiment() | {
        "location": one_experiment(method=["lora"], location=["mlp", "both", "attn"])["main"]
    }
    settings = load_study(example_study(experiments=experiments)).outline_settings()

    assert settings["models"] == [
        {
            "name": "mini-llava-7b",
            "family": "llava",
            "chat": "plain",
            "base": "reference/bases/mini-llava-7b",
        }
    ]
    lora = {"name": "lora", "size": 8, "dropout": 0.05, "alpha": 16}
    assert settings["methods"] == [
        lora | {"location": location} for location in ("both", "attn", "mlp")
    ]


def test_only_real_datasets_have_a_policy_of_preparation():
    one = load_study(example_study(preparation={"broken_images": "skip"}))
    sizes = {"train": 3, "validation": 2, "test": 1}

    assert one.preparation_settings("mini-okvqa", sizes) == {
        "dataset": "mini-okvqa",
        "sizes": sizes,
    }
    assert one.preparation_settings("okvqa", sizes) == {
        "dataset": "okvqa",
        "sizes": sizes,
        "policy": {"broken_images": "skip", "row_counts": "stop"},
    }


def test_labels_are_in_no_settings():
    config = example_study()
    config["models"]["mini-llava-7b"]["label"] = "Another name"
    study, renamed = load_study(example_study()), load_study(config)

    for run in study.runs:
        assert renamed.train_settings(run) == study.train_settings(run)
        assert renamed.evaluate_settings(run.model, run.dataset) == study.evaluate_settings(
            run.model, run.dataset
        )


def test_manifest_survives_json():
    manifest = load_study(example_study()).manifest()

    assert json.loads(json.dumps(manifest)) == manifest
    assert len(manifest["cells"]) == 16
    assert manifest["datasets"] == ["mini-scienceqa", "mini-okvqa"]
    assert manifest["baselines"][0] == {
        "model": "mini-llava-7b",
        "model_label": "LLaVA-1.5-7B",
        "dataset": "mini-okvqa",
    }


def test_unknown_run_is_refused():
    study = load_study(example_study())
    wrong = study.runs[0].id.replace("b16", "b17")

    assert study.run(study.runs[0].id) == study.runs[0]
    with pytest.raises(ValueError, match=f"'{wrong}' is not a run of study 'example'; nearest: "):
        study.run(wrong)


def test_only_what_runs_use_is_prepared():
    study = load_study(example_study(experiments=one_experiment()))

    assert study.models == ("mini-llava-7b",)
    assert study.datasets == ("mini-okvqa",)
    assert study.baselines == (("mini-llava-7b", "mini-okvqa"),)
