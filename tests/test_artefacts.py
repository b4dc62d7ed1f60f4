import subprocess
import sys
from pathlib import Path

import yaml

from mmpeft import figures, table_formats, tables
from mmpeft.artefacts import FIGURE_FORMATS, FIGURES, TABLE_FORMATS, TABLES

ROOT = Path(__file__).parents[1]


def test_every_declaration_has_a_builder_and_a_writer():
    assert {type(table) for table in TABLES.values()} == set(tables._BUILDERS)
    assert {type(figure) for figure in FIGURES.values()} == set(figures._BUILDERS)
    assert set(table_formats.WRITERS) == set(TABLE_FORMATS)
    assert set(FIGURE_FORMATS) == {"pdf", "svg", "png"}


def test_axes_of_tables_have_headings():
    for table in TABLES.values():
        assert set(table.rows) <= set(tables.HEADINGS)


def test_the_default_study_has_every_experiment_that_is_shown():
    study = yaml.safe_load((ROOT / "config.yaml").read_text())
    shown = {artefact.experiment for artefact in (*TABLES.values(), *FIGURES.values())}
    assert shown <= set(study["experiments"])


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
