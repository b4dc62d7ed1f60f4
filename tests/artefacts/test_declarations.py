import re
import subprocess
import sys

import pytest
import yaml

from mmpeft import figures, tables
from mmpeft.artefacts import ARTEFACTS, FIGURE_FORMATS, FIGURES, TABLE_FORMATS, TABLES
from mmpeft.axes import AXES
from mmpeft.datasets.registry import DATASETS
from mmpeft.tables import formats
from workflow_tree import ROOT


def test_every_declaration_has_a_builder_and_a_writer():
    assert {type(table) for table in TABLES.values()} == set(tables.BUILDERS)
    assert {type(figure) for figure in FIGURES.values()} == set(figures.BUILDERS)
    assert set(formats.WRITERS) == set(TABLE_FORMATS)
    assert set(FIGURE_FORMATS) == {"pdf", "svg", "png"}


def test_ids_are_those_of_the_paper():
    assert list(TABLES)[:-1] == sorted(set(TABLES) - {"coverage"})
    assert list(FIGURES) == sorted(FIGURES)
    assert all(re.fullmatch(r"(table|figure)\d\d_[a-z0-9_]+|coverage", name) for name in ARTEFACTS)


def test_axes_of_tables_have_headings():
    for table in TABLES.values():
        shown = (*getattr(table, "rows", ()), *getattr(table, "best_within", ()))
        assert set(shown) <= set(AXES)


def test_data_sets_of_figures_are_labels():
    labels = {spec.label for spec in DATASETS.values()}
    for figure in FIGURES.values():
        assert set(getattr(figure, "datasets", ())) <= labels
        assert getattr(figure, "dataset", "SQA (img)") in labels


@pytest.mark.parametrize("name", ["mini", "paper"])
def test_complete_studies_have_every_experiment_that_is_shown(name):
    study = yaml.safe_load((ROOT / f"studies/{name}.yaml").read_text(encoding="utf-8"))
    shown = {name for artefact in ARTEFACTS.values() for name in artefact.experiments}
    assert shown == set(study["experiments"])
    for artefact in ARTEFACTS.values():
        for section, names in artefact.needs.items():
            # for real images there is no judge yet
            unjudged = {"captions", "mmhal"} if name == "paper" else set()
            assert set(names) - unjudged <= set(study.get(section, ()))


def test_texts_are_sentences():
    for artefact in ARTEFACTS.values():
        assert artefact.caption.endswith(".")
        assert not artefact.title.endswith(".")


def test_declarations_import_nothing_heavy():
    code = (
        "import sys, mmpeft.artefacts; print({'pandas', 'matplotlib', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "workflow_scripts")},
    )
    assert done.stdout.strip() == "set()"
