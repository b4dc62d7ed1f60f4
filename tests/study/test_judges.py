from copy import deepcopy
from typing import get_args

import pytest

from evaluated_study import evaluated_study
from example_study import REMOVED, change
from mmpeft.datasets.registry import DATASETS
from mmpeft.judges import JUDGES as IMPLEMENTED
from mmpeft.study import StudyError, layout, load_study
from mmpeft.study.capabilities import JUDGES, MEASURES
from mmpeft.study.config import AnnotatorsJudge, EndpointJudge


def study():
    return load_study(evaluated_study())


def test_kinds_of_judges_are_those_that_are_implemented_or_can_be_declared():
    assert {name for name, kind in JUDGES.items() if kind.at_once} == set(IMPLEMENTED)
    declared = {
        get_args(one.model_fields["kind"].annotation)[0] for one in (EndpointJudge, AnnotatorsJudge)
    }
    assert {name for name, kind in JUDGES.items() if not kind.at_once} == declared
    for kind in JUDGES.values():
        assert set(kind.datasets) <= set(MEASURES)
        assert {name for names in kind.datasets.values() for name in names} <= set(DATASETS)


REAL = {
    "captions": {"kind": "annotators", "annotations": "annotations/x"},
    "mmhal": {"kind": "endpoint", "base_url": "http://127.0.0.1:8000/v1", "model": "m"},
}


def on_real_images(measure, **judges):
    config = deepcopy(evaluated_study())
    target = {"captions": "flickr30k", "mmhal": "mmhal"}[measure]
    config["datasets"][target] = config["datasets"].pop(f"mini-{target}")
    config["evaluations"] = {measure: config["evaluations"][measure] | {"targets": [target]}}
    return config | {"judges": judges}


@pytest.mark.parametrize("measure", REAL)
def test_real_images_need_a_judge_that_is_declared(measure):
    other = next(name for name in REAL if name != measure)
    config = on_real_images(measure, one=REAL[measure], other=REAL[other])
    for judge in ("scene_graph", "other"):
        config["evaluations"][measure]["judge"] = judge
        with pytest.raises(StudyError) as caught:
            load_study(config)
        target = config["evaluations"][measure]["targets"][0]
        (told,) = caught.value.problems
        assert told.startswith(
            f"evaluations.{measure}.judge: {judge!r} cannot judge {target}; legal: one"
        )
    config["evaluations"][measure]["judge"] = "one"
    built = load_study(config)
    assert built.judged_afterwards == (measure,)
    assert built.judged_by(REAL[measure]["kind"]) == (measure,)


def test_answers_do_not_depend_on_who_judges_them_afterwards():
    built = load_study(with_judge("grader"))
    mmhal = built.measurements[-1]
    at_once = study().measure_settings(study().measurements[-1])
    assert built.measure_settings(mmhal) == {
        name: value for name, value in at_once.items() if name not in ("measure", "judge")
    }
    assert built.judge_settings("mmhal", "mini-mmhal") == {
        "dataset": {"name": "mini-mmhal"},
        "measure": "mmhal",
        "judge": {"name": "grader", "base_url": "http://127.0.0.1:8000/v1", "model": "m"},
    }
    assert built.request_limits("mmhal") == {"concurrency": 4, "timeout_s": 9, "attempts": 6}
    assert built.judged_afterwards == ("mmhal",)
    assert study().judged_afterwards == ()


def with_judge(name, **changes):
    config = deepcopy(evaluated_study())
    config["judges"] = {name: {**REAL["mmhal"], "timeout_s": 9}}
    for key, value in changes.items():
        change(config, ["judges", name, key], value)
    config["evaluations"]["mmhal"]["judge"] = name
    return config


BAD_JUDGES = {
    "kind": (
        {"kind": "oracle"},
        "judges.grader.kind: 'oracle' is not possible; legal: endpoint, annotators",
    ),
    "no kind": (
        {"kind": REMOVED},
        "judges.grader.kind: missing, but required",
    ),
    "no web address": (
        {"base_url": "ftp://127.0.0.1/v1"},
        r"judges.grader.base_url: 'ftp://127.0.0.1/v1' must match ^https?://[^\s?#]+$",
    ),
    "a key": (
        {"api_key": "sk-secret"},
        "judges.grader.api_key: unknown key; legal: kind, base_url, model, concurrency, "
        "timeout_s, attempts",
    ),
    "a password": (
        {"base_url": "https://me:secret@127.0.0.1/v1"},
        "judges.grader.base_url: must not hold a user or a password; the key of an endpoint is "
        "read from the environment",
    ),
    "no time": (
        {"timeout_s": 0},
        "judges.grader.timeout_s: 0 is not possible; input should be greater than 0",
    ),
}


@pytest.mark.parametrize(("changes", "message"), BAD_JUDGES.values(), ids=BAD_JUDGES)
def test_a_bad_judge_is_refused_without_its_secrets(changes, message):
    with pytest.raises(StudyError) as caught:
        load_study(with_judge("grader", **changes))
    assert message in caught.value.problems
    assert "secret" not in str(caught.value)


def test_a_judge_has_a_name_of_its_own():
    with pytest.raises(StudyError, match=r"judges.endpoint: 'endpoint' is a kind of judge"):
        load_study(with_judge("endpoint"))


def test_annotations_lie_below_the_repository():
    config = on_real_images("captions", people={"kind": "annotators", "annotations": "/etc"})
    with pytest.raises(StudyError, match=r"judges.people.annotations: '/etc': must be a folder"):
        load_study(config)


def test_files_of_people(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = on_real_images("captions", people=REAL["captions"])
    config["evaluations"]["captions"]["judge"] = "people"
    built = load_study(config)
    assert layout.annotation_files(built, "captions", "base") == []
    folder = tmp_path / "annotations/x"
    folder.mkdir(parents=True)
    for name in ("runs.csv", "base-b.csv", "base-a.csv", "base.txt"):
        (folder / name).touch()
    assert layout.annotation_files(built, "captions", "base") == [
        "annotations/x/base-a.csv",
        "annotations/x/base-b.csv",
    ]
    assert layout.annotation_files(built, "captions", "runs") == ["annotations/x/runs.csv"]
    assert layout.annotation_files(study(), "captions", "base") == []
    sheets = "results/example/sheets/captions/mini-llava-7b/flickr30k"
    assert layout.sheet_files(built) == [f"{sheets}/base.html", f"{sheets}/runs.html"]
    assert layout.sheet_files(study()) == []
    answers = layout.answer_files(built, "captions", "mini-llava-7b", "flickr30k")
    assert answers == [
        f"results/example/answers/captions/flickr30k/{one.cell.run.id}/predictions.parquet"
        for one in built.measurements
    ]
