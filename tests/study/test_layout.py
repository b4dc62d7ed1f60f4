from evaluated_study import evaluated_study
from example_study import example_study
from mmpeft.artefacts.kinds import Artefact
from mmpeft.study import layout, load_study


def study(**changes):
    return load_study(example_study(**changes))


def test_split_files_hold_their_sizes():
    path = layout.split_file(study(), "mini-okvqa", "test")
    sizes = path.split("/")[3]

    assert path == "results/datasets/mini-okvqa/train-280_validation-100_test-300/test.parquet"
    assert layout.sizes_in(sizes) == {"train": 280, "validation": 100, "test": 300}


def test_real_datasets_are_made_from_sources_and_mini_ones_from_none():
    assert layout.source_folders("mini-vqav2") == []
    assert layout.source_folders("vqav2") == ["results/sources/vqav2", "results/sources/coco"]
    assert layout.sources(study()) == set()


def test_shipped_bases_are_files_and_made_ones_folders():
    config = example_study()
    config["models"]["mini-qwen-vl"]["base"] = "results/bases/mini-qwen-vl"
    bases = load_study(config)

    assert layout.base_files(bases, "mini-llava-7b") == [
        "reference/bases/mini-llava-7b/config.json",
        "reference/bases/mini-llava-7b/model.safetensors",
    ]
    assert layout.base_files(bases, "mini-qwen-vl") == ["results/bases/mini-qwen-vl"]


def test_each_run_and_each_baseline_is_scored():
    files = layout.score_files(study())

    assert len(layout.record_files(study())) == len(layout.loss_files(study())) == 16
    assert len(files) == len(set(files)) == 16 + 4 + 2


def test_artefacts_of_what_is_at_hand():
    needs = {
        "table01": {"experiments": ("main",)},
        "table02": {"experiments": ("location",)},
        "table04": {"evaluations": ("transfer",)},
        "table05": {"evaluations": ("main",)},
        "table08": {},
        "x": {"experiments": ("main", "size")},
        "figure14": {"examples": ("answers",)},
    }
    declared = {
        name: Artefact(id=name, title="", caption="", section="", **needed)
        for name, needed in needs.items()
    }
    evaluated = load_study(evaluated_study(examples={}))
    with_examples = study(examples={"answers": {"runs": {"experiment": "main"}, "items": 2}})

    assert layout.artefacts_of(evaluated, declared) == ["table01", "table04", "table08"]
    assert layout.artefacts_of(study(), declared) == ["table01", "table08"]
    assert layout.artefacts_of(with_examples, declared) == ["table01", "table08", "figure14"]


def test_one_model_of_each_family_is_described():
    assert layout.outlined_files(study()) == [
        "reference/bases/mini-llava-7b/config.json",
        "reference/bases/mini-qwen-vl/config.json",
    ]


def test_a_published_base_is_made_of_its_checkpoint_and_of_a_tower_that_is_apart():
    config = example_study()
    config["models"]["mini-qwen-vl"] |= {"hub": "owner/name"}
    config["models"]["mini-llava-7b"] |= {"hub": "owner/llava", "visual_tower": "owner/tower"}
    built = load_study(config)

    assert layout.published(built) == ["mini-llava-7b", "mini-qwen-vl"]
    assert layout.checkpoint_files(built, "mini-qwen-vl") == {
        "checkpoint": "results/downloads/owner/name"
    }
    assert layout.checkpoint_files(built, "mini-llava-7b") == {
        "checkpoint": "results/downloads/owner/llava",
        "tower": "results/downloads/owner/tower",
        "openai_tower": "results/downloads/openai/clip-vit-large-patch14-336",
    }
