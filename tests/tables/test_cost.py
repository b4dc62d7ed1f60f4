import pytest

import synthetic
from mmpeft import tables
from mmpeft.artefacts import TABLES

PARAMETERS = TABLES["table15_parameters"]


@pytest.fixture
def study():
    return synthetic.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic.write_records(tmp_path, study)


def rows_of(table):
    return {labels: [cell.text for cell in cells] for labels, cells in table.rows}


def test_parameters_are_counted_once_per_line(folder, study):
    table = tables.build(synthetic.collected(folder, study), PARAMETERS)
    rows = rows_of(table)
    assert rows[("LLaVA-1.5-7B", "IA3", "frozen")] == ["896", "2,000,896", "0.045"]
    assert rows[("LLaVA-1.5-7B", "IA3", "tuned")][0] == "3,896"


def test_parameters_that_differ_between_runs_are_an_error(folder, study):
    data = synthetic.collected(folder, study)
    data.results.loc[data.results.index[0], "trainable_parameters"] += 1
    with pytest.raises(ValueError, match="parameter counts differ"):
        tables.build(data, PARAMETERS)
