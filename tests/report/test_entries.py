import subprocess
import sys

from mmpeft.artefacts import ARTEFACTS, TABLES
from mmpeft.artefacts.kinds import SECTIONS
from mmpeft.report import entries
from workflow_tree import ROOT


def test_names_have_the_number_of_the_paper_and_are_told_apart():
    assert entries.name(TABLES["table13_location_qwen"]).startswith("Table 13 · Location")
    assert entries.name(TABLES["coverage"]) == "Coverage"
    assert len({entries.name(artefact) for artefact in ARTEFACTS.values()}) == len(ARTEFACTS)


def test_chapters_are_numbered_without_a_gap():
    for names in (ARTEFACTS, ("coverage", "printed_pixels", "table06_size")):
        found = {"Claims", *(ARTEFACTS[name].section for name in names)}
        told = [entries.chapter(section, names) for section in SECTIONS if section in found]
        assert [int(one.split(".")[0]) for one in told] == list(range(1, len(found) + 1))
    assert told[-1].split(". ")[1] == "Data"


def test_the_workflow_gets_entries_without_heavy_imports():
    code = (
        "import sys, mmpeft.report.entries;"
        "print({'pandas', 'matplotlib', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "workflow_scripts")},
    )
    assert done.stdout.strip() == "set()"
