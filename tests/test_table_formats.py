import csv
import io
import re
import xml.etree.ElementTree as ElementTree

import pytest

from mmpeft import table_formats
from mmpeft.artefacts import TABLE_FORMATS
from mmpeft.tables import Cell, Table

TABLE = Table(
    id="table99_made_up",
    title="Scores & costs",
    caption="A caption with 5 % and <tags>.",
    labels=("Model", "Method"),
    columns=("SQA (img)", "Avg"),
    rows=(
        (("A_1", "LoRA"), (Cell("62.0", 62.04, bold=True), Cell("62.0", 62.04))),
        (("A_1", "IA3"), (Cell("failed"), Cell("–"))),
        (("B|2", "LoRA"), (Cell("1.5", 1.5), Cell("1.5", 1.5))),
    ),
    notes=("Coverage: 2 of 3 cells.",),
)


def test_csv_holds_full_numbers_and_names_gaps():
    rows = list(csv.DictReader(io.StringIO(table_formats.as_csv(TABLE))))
    assert [row["SQA (img)"] for row in rows] == ["62.04", "", "1.5"]
    assert rows[1]["gaps"] == "SQA (img): failed; Avg: –"
    assert rows[0]["Model"] == rows[1]["Model"] == "A_1"


def test_markdown_has_one_cell_per_column():
    lines = table_formats.as_markdown(TABLE).splitlines()
    grid = [line for line in lines if line.startswith("|")]
    assert len(grid) == 2 + 3
    assert "| A_1 | LoRA | **62.0** | 62.0 |" in grid
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 5 for line in grid)
    assert "- Coverage: 2 of 3 cells." in lines


def test_latex_is_balanced_and_escaped():
    text = table_formats.as_latex(TABLE)
    assert re.findall(r"\\begin\{(\w+\*?)\}", text) == ["table*", "tabular", "minipage"]
    assert sorted(re.findall(r"\\begin\{(\w+\*?)\}", text)) == sorted(
        re.findall(r"\\end\{(\w+\*?)\}", text)
    )
    plain = re.sub(r"\\[{}]", "", text)
    assert plain.count("{") == plain.count("}")
    assert r"Scores \& costs" in text
    assert r"5 \%" in text
    assert r"A\_1" in text
    body = text[text.index(r"\midrule") : text.index(r"\bottomrule")]
    lines = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert len(lines) == 3
    assert all(len(re.findall(r"(?<!\\)&", line)) == 3 for line in lines)
    assert lines[1].strip().startswith("&"), "the model is named once"


def test_html_is_well_formed_escaped_and_complete():
    text = table_formats.as_html(TABLE)
    # void elements aside, the page is XML
    page = ElementTree.fromstring(
        text.removeprefix("<!doctype html>\n").replace('<meta charset="utf-8">', "")
    )
    assert "<tags>" not in text
    rows = page.findall("./body/table/tbody/tr")
    assert [len(row) for row in rows] == [4, 3, 4]
    assert rows[0][0].get("rowspan") == "2"
    assert [cell.text for cell in page.iter("b")] == ["Scores & costs.", "62.0"]
    assert sum(cell.get("class") == "gap" for cell in page.iter("td")) == 2


def test_every_format_is_written(tmp_path):
    table_formats.write(TABLE, tmp_path / "tables")
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {
        f"table99_made_up.{suffix}" for suffix in TABLE_FORMATS
    }


@pytest.mark.parametrize("suffix", TABLE_FORMATS)
def test_writing_is_repeatable(tmp_path, suffix):
    for name in ("a", "b"):
        table_formats.write(TABLE, tmp_path / name)
    one, other = (tmp_path / name / f"table99_made_up.{suffix}" for name in ("a", "b"))
    assert one.read_bytes() == other.read_bytes()
