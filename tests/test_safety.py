"""What is read is never run, and names lead nowhere: rules that hold for the whole code."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from example_study import change, example_study
from mmpeft.study import StudyError, as_text, load_study
from workflow_tree import ROOT

CODE = sorted((ROOT / "workflow_scripts").rglob("*.py"))
RULES = [ROOT / "Snakefile", *sorted((ROOT / "rules").glob("*.smk"))]


def calls() -> list[tuple[str, ast.Call]]:
    """(module or object, dot, name; call) of all calls in the code, with where they are."""
    return [
        (f"{file.relative_to(ROOT)}:{node.lineno}", node)
        for file in CODE
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


def test_no_pickle_is_loaded():
    """Not by this package; what the Trainer reads of a checkpoint, training/test_faults tries."""
    assert [
        where
        for where, call in calls()
        if "pickle" in name_of(call)
        or (name_of(call) == "torch.load" and "weights_only=True" not in ast.unparse(call))
    ] == []
    imports = {name.partition(".")[0] for file in CODE for name in imported(file)}
    assert {"torch", "json", "mmpeft"} <= imports
    assert not imports & {"pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_no_code_of_a_checkpoint_is_run():
    assert [
        where
        for where, call in calls()
        for one in call.keywords
        if one.arg == "trust_remote_code" and ast.unparse(one.value) != "False"
    ] == []


def test_no_text_reaches_a_shell():
    assert [
        where
        for where, call in calls()
        if name_of(call) in ("os.system", "os.popen", "eval", "exec")
        or any(one.arg == "shell" for one in call.keywords)
    ] == []


def test_archives_are_read_in_place():
    """An archive that is never unpacked cannot write outside its folder."""
    assert [
        where
        for where, call in calls()
        if name_of(call).endswith((".extractall", "unpack_archive"))
        or (name_of(call).endswith(".extract") and "sources" in where)
    ] == []


# Paths of ours, words of ours, ids of declarations, and names that wildcards are confined to.
UNQUOTED = {
    "input.src",
    "params.gpus",
    "params.tables",
    "params.figures",
    "params.artefacts",
    "params.start",
    "params.tower",
    "wildcards.table",
    "wildcards.figure",
    "wildcards.source",
    "wildcards.model",
}


def test_what_a_study_says_is_quoted_in_commands():
    lines = [line for file in RULES for line in file.read_text(encoding="utf-8").splitlines()]
    # Lines of commands alone: those of declarations begin with a name.
    commands = [line.strip() for line in lines if line.strip().startswith('"')]
    pattern = r"\{((?:input|output|params|wildcards|log)\.?\w*)(:q)?\}"
    found = [match for line in commands for match in re.findall(pattern, line)]
    assert len(found) > 50
    assert {name for name, quoted in found if not quoted} <= UNQUOTED


def test_settings_with_hostile_text_stay_one_word_of_the_command():
    study = load_study(hostile())
    text = as_text(study.train_settings(study.runs[0]))
    assert shlex.split(f"python {shlex.quote(text)}") == ["python", text]


def hostile() -> dict:
    study = example_study()
    change(study, ["models", "mini-llava-7b", "label"], "$(touch x); `id` 'quoted' \"twice\"")
    return study


NAMES = ["../up", "a/../b", "/etc", "a b", "$(id)", ";", "", ".", "..", "-rf", "a\nb", "é"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", ["study", "model", "dataset", "experiment"])
def test_names_are_no_paths_and_no_commands(name, what):
    config = example_study()
    if what == "study":
        config["name"] = name
    elif what == "model":
        config["models"][name] = config["models"].pop("mini-llava-7b")
    elif what == "dataset":
        config["datasets"][name] = config["datasets"].pop("mini-okvqa")
    else:
        config["experiments"][name] = config["experiments"].pop("main")
    with pytest.raises(StudyError):
        load_study(config)


@pytest.mark.parametrize("hub", ["../up", "a/..", "/etc", "a b/c", "$(id)/a", "a/b;c", "-o/a", "a"])
def test_ids_of_the_hub_are_no_paths(hub):
    config = example_study()
    change(config, ["models", "mini-llava-7b", "hub"], hub)
    with pytest.raises(StudyError, match=r"models\.mini-llava-7b\.hub: "):
        load_study(config)
