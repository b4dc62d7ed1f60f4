import re
import subprocess
import sys

import pytest
import yaml

from mmpeft import figures, tables
from mmpeft.artefacts import ARTEFACTS, FIGURE_FORMATS, FIGURES, TABLE_FORMATS, TABLES
from mmpeft.artefacts.kinds import SECTIONS
from mmpeft.axes import AXES
from mmpeft.datasets.registry import DATASETS
from mmpeft.tables import formats
from workflow_tree import ROOT


def test_every_declaration_has_a_builder_and_a_writer():
    assert {type(table) for table in TABLES.values()} == set(tables.BUILDERS)
    assert {type(figure) for figure in FIGURES.values()} == set(figures.BUILDERS)
    assert set(formats.WRITERS) == set(TABLE_FORMATS)
    assert set(FIGURE_FORMATS) == {"pdf", "svg", "png"}


@pytest.mark.parametrize(("declared", "kind"), [(TABLES, "Table"), (FIGURES, "Figure")])
def test_those_of_the_paper_come_first_with_its_numbers_in_its_order(declared, kind):
    numbers = [artefact.number for artefact in declared.values()]
    of_paper = [number for number in numbers if number]
    assert numbers[: len(of_paper)] == of_paper == sorted(of_paper)
    assert {number[0] for number in of_paper} == {kind}
    assert all(re.fullmatch(r"(?:(?:table|figure)\d\d_)?[a-z0-9_]+", name) for name in declared)


def test_every_section_is_one_of_those_of_the_report_and_has_something():
    assert {artefact.section for artefact in ARTEFACTS.values()} == set(SECTIONS) - {"Claims"}


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
            assert set(names) <= set(study.get(section, ()))


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
