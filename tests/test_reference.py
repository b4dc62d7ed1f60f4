import csv
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "reference/paper"
FILES = sorted(FOLDER.glob("*.csv"))
# values by the grid of each table (paper section by section), averages included
ROWS = {
    "table1_main": 4 * 4 * 2 * 9,
    "table2_location_llava": 3 * 3 * 8,
    "table3_data_scale": 3 * 4 * 9,
    "table4_generalisation": 4 * (6 + 1) * 4,
    "table5_mmhal": 2 * 4 * 10,
    "table6_stability_size": 3 * 4 * 2,
    "table7_hallucinated_captions": 4 * 5,
    "table8_datasets_as_printed": 8,
    "table12_visual_encoder": 4 * 2 * 5,
    "table13_location_qwen": 3 * 3 * 8,
    "table14_stability_lr": 4 * 4 * 2,
    "table15_parameters_flops": 2 * 4 * 2,
    "table9_seen_data_as_printed": 3 * 2,
    "table10_prompts": 10 + 8,
    "table11_hyperparameters_as_printed": 12 * 4,
    "figure5_size": 3,
}


def test_every_table_with_numbers_is_there():
    assert {file.stem for file in FILES} == set(ROWS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_tables_are_tidy_and_say_their_source(file):
    rows = list(csv.reader(file.open(encoding="utf-8")))
    head, body = rows[0], rows[1:]
    assert len(body) == ROWS[file.stem]
    assert len(set(head)) == len(head)
    assert {len(row) for row in body} == {len(head)}
    kind, number = re.match(r"(table|figure)(\d+)_", file.name).groups()
    source = f"arXiv:2406.05130 {kind.capitalize()} {number}"
    assert {row[head.index("source")] for row in body} == {source}
    for name in ("value", "mean", "std"):
        if name in head and "configuration" not in head:
            values = [float(row[head.index(name)]) for row in body]
            assert all(0 <= value <= 100 for value in values)
