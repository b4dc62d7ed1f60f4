"""Studies with random mistakes: each gives a grid or one clear error."""

import json
from copy import deepcopy
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluated_study import evaluated_study
from example_study import REMOVED, change, example_study
from judged_study import judged_study
from mmpeft.study import StudyError, load_study
from workflow_tree import ROOT

STUDIES = [
    example_study(),
    evaluated_study(),
    judged_study("http://127.0.0.1:1/v1"),
    *(
        yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        for name in ("config.yaml", "studies/smoke.yaml", "studies/reported.yaml")
    ),
]
TEXTS = ["", "all", "../../etc", "/", "a b", "$(id)", "é\n", "\0", "x" * 300, "1e-4", "no", "llava"]
NUMBERS = [0, 1, -1, 2, 0.5, 10**30, 1e-300, float("nan"), float("inf"), True, False]


def paths(tree: Any, above: tuple = ()) -> list[tuple]:
    """Where the values of a parsed file are, the inner ones too."""
    found = [above] if above else []
    if isinstance(tree, dict | list):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            found += paths(value, (*above, key))
    return found


def at(tree: Any, path: tuple) -> Any:
    for step in path:
        tree = tree[step]
    return tree


@st.composite
def mutated(draw) -> Any:
    """A valid study with one to three values taken out, put elsewhere, renamed or replaced."""
    study = deepcopy(draw(st.sampled_from(STUDIES)))
    for _ in range(draw(st.integers(1, 3))):
        places = paths(study)
        if not places:
            break
        place = list(draw(st.sampled_from(places)))
        scalar = st.sampled_from([None, *TEXTS, *NUMBERS])
        values = st.one_of(
            scalar,
            st.lists(scalar, max_size=3),
            st.dictionaries(st.sampled_from([*TEXTS, 1, 0.5, None]), scalar, max_size=2),
            st.sampled_from(places).map(lambda other, study=study: deepcopy(at(study, other))),
            st.just(REMOVED),
        )
        above = at(study, tuple(place[:-1]))
        if isinstance(above, dict) and draw(st.booleans()):
            place[-1] = draw(st.sampled_from([*TEXTS, 1, 0.5, None, *above]))
            values = values.filter(lambda value: value is not REMOVED)
        change(study, place, draw(values))
    return study


@settings(
    max_examples=2000,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(mutated())
def test_a_random_mistake_gives_a_grid_or_one_clear_error(config):
    try:
        study = load_study(config)
        grid = study.manifest()
        jobs = [study.train_settings(run) for run in study.runs[:3]]
    except StudyError as error:
        message = str(error)
        assert message.strip()
        assert "Traceback" not in message
        assert "object at 0x" not in message
        assert len(message) < 20_000
    else:
        json.dumps([grid, jobs], allow_nan=False)
        for run in study.runs:
            assert ".." not in run.id.split("/")
            assert run.id.isprintable()
