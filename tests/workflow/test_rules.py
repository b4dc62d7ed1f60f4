"""What every rule must have, read from the files."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mmpeft import places
from workflow_tree import ROOT

FILES = [ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk"))]


def rules() -> dict[str, str]:
    """Name -> text of each rule."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    parts = re.split(r"^(?=\w)", text, flags=re.MULTILINE)
    return {part.split()[1].rstrip(":"): part for part in parts if part.startswith("rule ")}


RULES = rules()
JOBS = {name: text for name, text in RULES.items() if "shell:" in text}


def test_rules_are_found():
    assert {"train", "evaluate", "evaluate_base", "evaluate_constant", "prepare_dataset"} <= set(
        JOBS
    )
    assert {"select_images", "evaluate_epochs", "describe_models", "fetch_source"} <= set(JOBS)
    assert {"collect", "render_table", "render_figure", "partial", "pretrain"} <= set(JOBS)
    assert {"overview", "exports", "failures", "recorded"} <= set(JOBS)
    assert {"ask_judge", "import_annotations", "sheet_of_base", "sheet_of_runs"} <= set(JOBS)
    targets = {
        "all",
        "tables",
        "figures",
        "train_all",
        "evaluate_all",
        "annotation_sheets",
        "datasets",
        "bases",
        "rebuild_bases",
    }
    assert targets == set(RULES) - set(JOBS)


@pytest.mark.parametrize("text", RULES.values(), ids=RULES)
def test_rule_says_what_it_makes(text):
    assert re.search(r'^rule \w+:\n    """[A-Z].+\."""', text)


@pytest.mark.parametrize("text", JOBS.values(), ids=JOBS)
def test_job_has_log_benchmark_environment_and_threads(text):
    for directive in ("log:", "conda:", "threads:"):
        assert directive in text
    # A benchmark counts as output, and a rule without output runs whenever it is asked for.
    assert ("benchmark:" in text) == ("output:" in text)
    assert re.search(r"src=(ancient\()?script\(", text)
    # The plan is printed, and its log has what goes wrong.
    assert re.search(r"(> \{log:q\} 2>&1|plan.*2> \{log:q\})\"\n", text, re.DOTALL)


@pytest.mark.parametrize("text", JOBS.values(), ids=JOBS)
def test_a_job_that_may_ask_for_gpus_leases_them_and_gets_more_time_if_it_fails(text):
    if re.search(r"gpu=study\.", text):
        assert "gpus=with_gpus," in text
        assert '"{params.gpus} python' in text
        assert "mem_mb=by_attempt(" in text
        assert re.search(r"runtime=(by_attempt|lambda wildcards, attempt)", text)


def test_records_are_written_where_the_package_looks_for_them():
    written = {
        "train": (places.run("{run}"), "train.json"),
        "evaluate": (places.run("{run}"), "scores.json"),
        "evaluate_base": (places.base("{model}", "{dataset}"), "scores.json"),
        "evaluate_constant": (places.constant("{dataset}"), "scores.json"),
        "evaluate_epochs": (places.evaluation("{evaluation}", "{target}", "{run}"), "scores.json"),
        "ask_judge": (places.evaluation("{evaluation}", "{target}", "{run}"), "scores.json"),
        "import_annotations": (
            places.evaluation("{evaluation}", "{target}", "{run}"),
            "scores.json",
        ),
        "select_images": (places.images("{evaluation}", "{model}", "{target}"),),
        "sheet_of_base": (places.sheet("{evaluation}", "{model}", "{target}", "base"),),
        "sheet_of_runs": (places.sheet("{evaluation}", "{model}", "{target}", "runs"),),
    }
    for rule, place in written.items():
        assert f'"<results>/{"/".join(place)}"' in JOBS[rule].partition("output:")[2]


def test_format():
    done = subprocess.run(
        [Path(sys.executable).with_name("snakefmt"), "--check", *FILES],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert done.returncode == 0, done.stderr
