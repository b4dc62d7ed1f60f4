"""Judges that judge afterwards, from end to end: a real server on the loopback, and people."""

import json
import re
import shutil

import pytest
import yaml

from judge_server import Sends, completion, judge_server
from judged_study import judged_study
from mmpeft.judges.endpoint import KEY_VARIABLE
from mmpeft.predictions import read_predictions
from mmpeft.study import layout, load_study
from workflow_tree import ROOT, copy_workflow, planned, snakemake

pytestmark = pytest.mark.study

KEY = "sk-not-to-be-found-anywhere"
TARGETS = ("annotation_sheets", "evaluate_all", "--cores", "2")


def grades(question: str, before: int) -> Sends:
    """Nonsense for one type of question, else a grade."""
    if "<question>how many" in question:
        return completion("I would rather not say.")
    return completion("It says what is there.\nRating: 4")


def breaks_after(replies: int):
    seen = []

    def behaviour(question: str, before: int) -> Sends:
        seen.append(question)
        return grades(question, before) if len(seen) <= replies else Sends(402, f"pay for {KEY}")

    return behaviour


def write(tree, study) -> None:
    (tree / "config.yaml").write_text(yaml.safe_dump(study, sort_keys=False))


def records(tree, study, evaluation):
    (file,) = [
        tree / name for name in layout.measure_files(load_study(study)) if f"/{evaluation}/" in name
    ]
    record = json.loads(file.read_text(encoding="utf-8"))
    return record, read_predictions(file.with_name("predictions.parquet"))


def keys_on(sheet) -> list[str]:
    return re.findall(r'data-key="(\w+)"', sheet.read_text(encoding="utf-8"))


def annotate(tree, name: str, judgements: dict[str, str]) -> None:
    lines = [f"{key},{answer},no," for key, answer in judgements.items()]
    file = tree / "annotations/judged" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(("key,hallucination,nothing,words", *lines)) + "\n")


def judges_at_once(printed: str) -> int:
    """Jobs that may ask a server at the same time, of what Snakemake prints at its start."""
    (number,) = re.findall(r"^Provided resources: .*judge=\D*(\d+)", printed, re.MULTILINE)
    return int(number)


def test_a_study_that_others_judge(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    tree = copy_workflow(tmp_path)
    base = "reference/bases/mini-llava-7b"
    shutil.copytree(ROOT / base, tree / base, dirs_exist_ok=True)
    sheets = tree / "results/judged/sheets/captions/mini-llava-7b/mini-flickr30k"

    with judge_server(breaks_after(3)) as server:
        study = judged_study(server.url, concurrency=1)
        write(tree, study)
        done = snakemake(tree, *TARGETS, "--keep-going")
        assert done.returncode == 0, done.stdout
        assert judges_at_once(done.stdout) == 1
        failed, _ = records(tree, study, "mmhal")
        assert (failed["status"], failed["epochs"]) == ("unjudged", [])
        (log,) = (tree / "results/judged/logs/ask_judge").rglob("*.log")
        assert "HTTP 402: 'pay for (key)'; 3 of 8 replies arrived and are kept" in log.read_text()
        assert len(server.requests) == 4

        # All that is left is to ask for the others, and for people to judge the base's captions.
        server.behaviour = grades
        listed = snakemake(tree, "failures", "--cores", "1", "--quiet").stdout
        assert "HTTP 402: 'pay for (key)'" in listed
        forced = listed.partition("--forcerun ")[2].split()
        (again,) = [file for file in forced if "/mmhal/" in file]
        done = snakemake(tree, *TARGETS, "--forcerun", again, "--resources", "judge=2")
        assert done.returncode == 0, done.stdout
        assert judges_at_once(done.stdout) == 2
        assert len(server.requests) == 4 + 5
        assert {headers["Authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
    record, items = records(tree, study, "mmhal")
    assert record["judging"] | {"seconds": 0} == {
        "seconds": 0,
        "asked": 5,
        "kept": 3,
        "models": ["served-model-1"],
    }
    (epoch,) = record["epochs"]
    values = {name: (one["value"], one["n"]) for name, one in epoch["scores"].items()}
    assert values["mmhal_score"] == (4, 7)
    assert epoch["scores"]["mmhal_score"]["definition"].endswith("(judge: server, judge-1)")
    assert values["mmhal_ungraded"] == (1 / 8, 8)
    assert "mmhal_counting" not in values
    assert {item["judgement"] for item in items if item["score"] is None} == {
        "I would rather not say."
    }

    record, _ = records(tree, study, "captions")
    assert record["reason"] == "6 captions of the base not judged yet (judge: people)"
    assert len(keys_on(sheets / "base.html")) == 6
    assert keys_on(sheets / "runs.html") == []

    # People judge the captions of the base: the run captions the images that they choose.
    annotate(tree, "base.csv", dict.fromkeys(keys_on(sheets / "base.html"), "no"))
    assert planned(tree, *TARGETS[:2]) == {
        "select_images": 1,
        "answer_epochs": 1,
        "import_annotations": 1,
        "sheet_of_runs": 1,
    }
    assert snakemake(tree, *TARGETS).returncode == 0
    record, _ = records(tree, study, "captions")
    (epoch,) = record["epochs"]
    assert epoch["reason"] == "2 of 2 captions are not judged yet (judge: people)"

    # They judge those of the run: nothing but their judgement is taken over.
    first, second = keys_on(sheets / "runs.html")
    annotate(tree, "runs-anna.csv", {first: "yes"})
    annotate(tree, "runs-bela.csv", {second: "no"})
    assert planned(tree, *TARGETS[:2]) == {"import_annotations": 1}
    assert snakemake(tree, *TARGETS).returncode == 0
    record, items = records(tree, study, "captions")
    assert record["epochs"][0]["scores"]["hallucinated_captions"]["value"] == 50
    assert sorted(item["score"] for item in items) == [0, 100]

    # How a server is asked changes no judgement, and so asks nobody again.
    study["judges"]["server"] |= {"concurrency": 8, "timeout_s": 5}
    write(tree, study)
    assert planned(tree, *TARGETS[:2]) == {}
    study["judges"]["server"]["model"] = "judge-2"
    write(tree, study)
    assert planned(tree, *TARGETS[:2]) == {"ask_judge": 1}

    leaks = [
        path for path in tree.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()
    ]
    assert leaks == []
