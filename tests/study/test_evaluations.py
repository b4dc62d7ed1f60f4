import json
from copy import deepcopy

import pytest

from evaluated_study import EVALUATIONS, evaluated_study
from example_study import REMOVED, change
from mmpeft.measures import MEASURES as IMPLEMENTED_MEASURES
from mmpeft.study import StudyError, layout, load_study
from mmpeft.study.capabilities import MEASURES


def study(**evaluations):
    """The study with some of the evaluations alone, or all of them."""
    return load_study(evaluated_study(**({"evaluations": evaluations} if evaluations else {})))


def only(*names):
    return {name: EVALUATIONS[name] for name in names}


def test_tables_of_the_study_name_what_is_implemented():
    assert set(MEASURES) == set(IMPLEMENTED_MEASURES)


def test_measurements_are_runs_on_targets():
    found = [
        (one.evaluation, one.cell.run.method, one.cell.run.dataset, one.target)
        for one in study().measurements
    ]

    assert found == [
        ("transfer", "lora", "mini-scienceqa", "mini-okvqa"),
        ("transfer", "lora", "mini-okvqa", "mini-scienceqa"),
        ("transfer", "prefix", "mini-scienceqa", "mini-okvqa"),
        ("transfer", "prefix", "mini-okvqa", "mini-scienceqa"),
        ("captions", "lora", "mini-okvqa", "mini-flickr30k"),
        ("captions", "prefix", "mini-okvqa", "mini-flickr30k"),
        ("mmhal", "lora", "mini-okvqa", "mini-mmhal"),
    ]
    assert study().targets == ("mini-scienceqa", "mini-okvqa", "mini-flickr30k", "mini-mmhal")
    assert study().datasets == ("mini-scienceqa", "mini-okvqa")
    assert study().image_choices == (("captions", "mini-llava-7b", "mini-flickr30k"),)


@pytest.mark.parametrize(
    ("names", "kept"),
    [((), None), (["mmhal"], None), (["captions"], [2]), (["transfer"], [1, 2, 3])],
)
def test_runs_keep_the_epochs_that_are_needed(names, kept):
    built = load_study(evaluated_study(evaluations=only(*names)))

    for run in built.runs:
        expected = kept if run.epochs == 4 and run.dataset == "mini-okvqa" else None
        if run.epochs == 4 and names == ["transfer"]:
            expected = kept
        assert built.train_settings(run).get("kept_epochs") == expected


def test_an_evaluation_changes_no_other_run():
    plain, evaluated = load_study(evaluated_study(evaluations={})), study()

    assert plain.runs == evaluated.runs
    changed = {
        run.epochs
        for run in plain.runs
        if plain.train_settings(run) != evaluated.train_settings(run)
    }
    assert changed == {4}


def test_settings_hold_what_the_job_reads():
    built = study()
    transfer, _, _, _, captions, _, mmhal = built.measurements
    model = {
        "name": "mini-llava-7b",
        "family": "llava",
        "chat": "plain",
        "base": "reference/bases/mini-llava-7b",
    }

    assert built.measure_settings(transfer) == {
        "model": model,
        "dataset": {
            "name": "mini-okvqa",
            "metric": "vqa_score",
            "max_new_tokens": 4,
            "prompt": "short_answer",
        },
        "batch_size": 64,
        "precision": "float32",
        "measure": "transfer",
        "epochs": {"nearest_to_minimum": 2},
        "last_epoch": 4,
    }
    assert built.measure_settings(captions) == {
        "model": model,
        "dataset": {"name": "mini-flickr30k", "max_new_tokens": 64, "prompt": "caption"},
        "batch_size": 64,
        "precision": "float32",
        "measure": "captions",
        "epochs": [2, 4],
        "last_epoch": 4,
        "judge": "scene_graph",
    }
    assert built.measure_settings(mmhal)["epochs"] == [3]
    assert built.image_settings("captions", "mini-flickr30k") == {
        "dataset": {"name": "mini-flickr30k"},
        "judge": "scene_graph",
        "candidates": 20,
        "images": 10,
        "seed": 42,
    }


def test_manifest_lists_what_to_collect():
    manifest = study().manifest()

    assert json.loads(json.dumps(manifest)) == manifest
    transfer, *_, mmhal = manifest["evaluations"]
    assert (
        transfer.items()
        >= {
            "experiment": "long",
            "dataset": "mini-scienceqa",
            "target": "mini-okvqa",
            "metric": "vqa_score",
            "measured_epochs": None,
            "places": 2,
        }.items()
    )
    assert (mmhal["metric"], mmhal["measured_epochs"], mmhal["places"]) == ("mmhal_score", [3], 1)
    assert manifest["images"] == [
        {"evaluation": "captions", "model": "mini-llava-7b", "target": "mini-flickr30k"}
    ]
    assert {(one["examples"], one["items"], one["model"]) for one in manifest["examples"]} == {
        ("answers", 3, "mini-qwen-vl")
    }
    assert manifest["test_files"]["mini-mmhal"] == (
        "mini-mmhal/train-0_validation-0_test-16/test.parquet"
    )


def test_all_datasets_are_those_to_train_on():
    config = evaluated_study()
    config["experiments"]["main"]["dataset"] = "all"

    assert load_study(config).datasets == ("mini-scienceqa", "mini-okvqa", "mini-flickr30k")


def test_files_of_evaluations():
    built = study()
    run = built.measurements[4].cell.run.id

    assert len(layout.measure_files(built)) == 7
    assert layout.measure_files(built)[4] == (
        f"results/example/evaluations/captions/mini-flickr30k/{run}/scores.json"
    )
    images = "results/example/images/captions/mini-llava-7b/mini-flickr30k.json"
    assert layout.image_files(built) == [images]
    assert layout.images_to_caption(built, "captions", "mini-flickr30k", run) == [images]
    assert layout.images_to_caption(built, "transfer", "mini-scienceqa", run) == []
    assert [path.split("/")[2] for path in layout.test_files(built)] == list(built.targets)


def test_runs_shared_by_experiments_are_measured_once():
    config = evaluated_study()
    again = deepcopy(EVALUATIONS["mmhal"])
    again["runs"] = {"experiment": "again"}
    config["experiments"]["again"] = config["experiments"]["main"]
    config["evaluations"] = {"mmhal": EVALUATIONS["mmhal"], "again": again}

    assert len(layout.measure_files(load_study(config))) == 1 + 4


def test_unknown_measurements_are_refused():
    built = study()
    run = built.measurements[4].cell.run.id

    assert built.measurement("captions", "mini-flickr30k", run) is built.measurements[4]
    with pytest.raises(ValueError, match=f"'mmhal' does not measure '{run}' on 'mini-mmhal'"):
        built.measurement("mmhal", "mini-mmhal", run)
    with pytest.raises(ValueError, match="is not a run of study"):
        built.measurement("mmhal", "mini-mmhal", "elsewhere")


CAPTIONS, TRANSFER = ["evaluations", "captions"], ["evaluations", "transfer"]

BAD = {
    "unknown measure": (
        [*TRANSFER, "measure"],
        "tranfer",
        "evaluations.transfer.measure: 'tranfer' is not possible; legal: transfer, captions, mmhal "
        "(did you mean 'transfer'?)",
    ),
    "unknown key": (
        [*TRANSFER, "epoch"],
        "last",
        "evaluations.transfer.epoch: unknown key; legal: runs, measure, targets, epochs, judge, "
        "candidates, images (did you mean 'epochs'?)",
    ),
    "unknown axis of runs": (
        [*TRANSFER, "runs", "seed"],
        [42],
        "evaluations.transfer.runs.seed: unknown key; legal: experiment, model, method, dataset, "
        "connector",
    ),
    "unknown experiment": (
        [*TRANSFER, "runs", "experiment"],
        "lng",
        "evaluations.transfer.runs.experiment: 'lng' is no experiment of this study; "
        "legal: main, long (did you mean 'long'?)",
    ),
    "runs that the experiment lacks": (
        [*TRANSFER, "runs", "method"],
        ["ia3"],
        "evaluations.transfer.runs.method: 'ia3' is not a method of experiment long; "
        "legal: lora, prefix",
    ),
    "connector that the experiment lacks": (
        [*TRANSFER, "runs", "connector"],
        ["frozen"],
        "evaluations.transfer.runs.connector: 'frozen' is not a connector of experiment long; "
        "legal: tuned",
    ),
    "epochs in words": (
        [*TRANSFER, "epochs"],
        "first",
        "evaluations.transfer.epochs: 'first': must be last, a list of epochs > 0, or "
        "{nearest_to_minimum: number of epochs > 0}",
    ),
    "epoch listed twice": (
        [*CAPTIONS, "epochs"],
        [2, 2],
        "evaluations.captions.epochs: [2, 2]: 2 is listed twice",
    ),
    "true as a number of epochs": (
        [*TRANSFER, "epochs"],
        {"nearest_to_minimum": True},
        "evaluations.transfer.epochs: {'nearest_to_minimum': True}: must be last, a list of "
        "epochs > 0, or {nearest_to_minimum: number of epochs > 0}",
    ),
    "epoch after the last": (
        [*CAPTIONS, "epochs"],
        [2, 5],
        "evaluations.captions.epochs: 5, but runs of long have 4",
    ),
    "more epochs than there are": (
        [*TRANSFER, "epochs"],
        {"nearest_to_minimum": 5},
        "evaluations.transfer.epochs: {'nearest_to_minimum': 5}, but runs of long have 4",
    ),
    "key of another measure": (
        [*TRANSFER, "images"],
        10,
        "evaluations.transfer.images: transfer has no images; "
        "legal: runs, measure, targets, epochs (did you mean 'targets'?)",
    ),
    "measure without its key": (
        [*CAPTIONS, "candidates"],
        REMOVED,
        "evaluations.captions.candidates: missing, but captions needs it",
    ),
    "measure without a judge": (
        [*CAPTIONS, "judge"],
        REMOVED,
        "evaluations.captions.judge: missing, but captions needs it",
    ),
    "unknown judge": (
        [*CAPTIONS, "judge"],
        "scene_graf",
        "evaluations.captions.judge: 'scene_graf' is not a judge; legal: scene_graph "
        "(did you mean 'scene_graph'?)",
    ),
    "more images than candidates": (
        [*CAPTIONS, "images"],
        21,
        "evaluations.captions.images: 21, but candidates is 20",
    ),
    "more candidates than rows": (
        [*CAPTIONS, "candidates"],
        31,
        "evaluations.captions.candidates: 31, but datasets.mini-flickr30k.test is 30",
    ),
    "captions of what has none": (
        [*CAPTIONS, "targets"],
        ["mini-okvqa"],
        "evaluations.captions.targets: 'mini-okvqa' is not a dataset of this study for captions; "
        "legal: mini-flickr30k",
    ),
    "transfer to what has no metric": (
        [*TRANSFER, "targets"],
        ["mini-mmhal"],
        "evaluations.transfer.targets: 'mini-mmhal' is not a dataset of this study for transfer; "
        "legal: mini-scienceqa, mini-okvqa, mini-flickr30k (did you mean 'mini-okvqa'?)",
    ),
    "training on a test set": (
        ["experiments", "main", "dataset"],
        ["mini-mmhal"],
        "experiments.main.dataset: 'mini-mmhal' is not a dataset that this study can train on; "
        "legal: mini-scienceqa, mini-okvqa, mini-flickr30k (did you mean 'mini-okvqa'?)",
    ),
    "training rows of a test set": (
        ["datasets", "mini-mmhal", "train"],
        5,
        "datasets.mini-mmhal.train: 5 rows, but mini-mmhal is a test set alone; legal: 0",
    ),
    "no training rows": (
        ["datasets", "mini-okvqa", "train"],
        REMOVED,
        "datasets.mini-okvqa.train: 0 rows, but only a test set can do without them",
    ),
    "examples of an experiment that is not there": (
        ["examples", "answers", "runs", "experiment"],
        "mian",
        "examples.answers.runs.experiment: 'mian' is no experiment of this study; "
        "legal: main, long (did you mean 'main'?)",
    ),
}


@pytest.mark.parametrize(("path", "value", "message"), BAD.values(), ids=BAD)
def test_says_what_is_wrong_and_what_would_be_legal(path, value, message):
    config = deepcopy(evaluated_study())
    change(config, path, value)

    with pytest.raises(StudyError) as caught:
        load_study(config)
    assert message in caught.value.problems


def test_a_transfer_to_the_only_source_is_refused():
    config = deepcopy(evaluated_study())
    config["evaluations"]["transfer"]["targets"] = ["mini-okvqa"]
    config["evaluations"]["transfer"]["runs"]["dataset"] = ["mini-okvqa"]

    with pytest.raises(StudyError) as caught:
        load_study(config)
    assert caught.value.problems == (
        "evaluations.transfer.targets: ['mini-okvqa'], but the runs are trained on it",
    )
