"""What the judges of a study need that no job can make: keys, servers that answer, people."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from mmpeft import places
from mmpeft.failures import UNJUDGED
from mmpeft.judges.endpoint import KEY_VARIABLE
from mmpeft.study import Study, layout

# Hosts that are this machine.
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Seconds that a server has to say anything at all.
PATIENCE_S = 5.0


def absent_keys(study: Study) -> Iterator[str]:
    """Judges on other machines without a key; one on this machine seldom wants one."""
    for name in _servers(study):
        host = urlsplit(study.config.judges[name].base_url).hostname
        if host not in LOOPBACK and not os.environ.get(KEY_VARIABLE, "").strip():
            yield f"judge {name}: {KEY_VARIABLE} is not set, the key that {host} may ask for"


def by_hand(study: Study, root: Path) -> Iterator[str]:
    """What somebody has to do for the judges of a study whose results lie below `root`.

    Servers that do not answer, as long as anything is left for them; sheets to judge, in the order
    of the work, of which no judgements are there. No key is sent.
    """
    for name, evaluations in _servers(study).items():
        judge = study.config.judges[name]
        if _unjudged(study, root, evaluations) and not _answers(judge.base_url):
            yield (
                f"judge {name}: nothing answers at {judge.base_url}; serve {judge.model} there, at "
                "the latest when the runs are done"
            )
    for evaluation, model, target in study.image_choices:
        if evaluation not in study.judged_by("annotators"):
            continue
        name = study.config.evaluations[evaluation].judge
        folder = study.config.judges[name].annotations
        for of, when in (("base", "when the base has captioned"), ("runs", "after the runs")):
            if not layout.annotation_files(study, evaluation, of, root):
                sheet = f"{study.folder}/{places.sheet(evaluation, model, target, of)}"
                yield f"judge {name}: {when}, judge {sheet} and save it as {folder}/{of}.csv"


def _servers(study: Study) -> dict[str, list[str]]:
    """Evaluations of each judge behind an endpoint."""
    found: dict[str, list[str]] = {}
    for evaluation in study.judged_by("endpoint"):
        found.setdefault(study.config.evaluations[evaluation].judge, []).append(evaluation)
    return found


def _unjudged(study: Study, root: Path, evaluations: list[str]) -> bool:
    """Whether anything of these evaluations is not judged yet."""
    files = (
        root / study.folder / places.evaluation(one.evaluation, one.target, one.cell.run.id)
        for one in study.measurements
        if one.evaluation in evaluations
    )
    return any(not _judged(file / "scores.json") for file in files)


def _judged(file: Path) -> bool:
    return file.is_file() and json.loads(file.read_text())["status"] != UNJUDGED


def _answers(base_url: str) -> bool:
    """Whether a server is there, whatever it says to a question without a key."""
    try:
        return not httpx2.get(f"{base_url.rstrip('/')}/models", timeout=PATIENCE_S).is_server_error
    except httpx2.RequestError:
        return False
