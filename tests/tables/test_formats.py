import csv
import io
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from mmpeft.artefacts import TABLE_FORMATS
from mmpeft.tables import formats
from mmpeft.tables.model import Cell, Table, gap

TABLE = Table(
    id="table99_made_up",
    title="Scores & costs",
    caption="A caption with 5 % and <tags>.",
    labels=("Model", "Method"),
    columns=("SQA (img)", "Avg"),
    rows=(
        (("A_1", "LoRA"), (Cell("62.0", 62.04, bold=True), Cell("62.0", 62.04))),
        (("A_1", "IA3"), (gap("failed"), gap())),
        (("B|2", "LoRA"), (Cell("1.5", 1.5), Cell("1.5", 1.5))),
    ),
    notes=("Coverage: 2 of 3 cells.",),
)


SPREAD = Table(
    id="table98_spread",
    title="Spread",
    caption="Means.",
    labels=("Model", "Method", "Size"),
    columns=("SQA (img)",),
    rows=(
        (("A", "LoRA", "16"), (Cell("62.0 ± 0.50", 62.04, sd=0.5, n=3),)),
        (("A", "LoRA", "32"), (gap("missing"),)),
        (("A", "Prefix", "10"), (Cell("1.0 ± –", 1.0, n=1),)),
    ),
    notes=(),
    beside=("sd", "n"),
)
TEXTS = Table(
    id="table97_texts",
    title="Texts",
    caption="Long ones.",
    labels=("Data set",),
    columns=("Prompt", "# Test"),
    rows=(
        (("A",), (Cell("one <b> | ± × ↵"), Cell("1,000", 1000))),
        (("A",), (Cell("two"), Cell("2", 2))),
        (("B",), (Cell("three"), gap())),
    ),
    notes=(),
    widths=(0.2, 0.6, 0.1),
)


def test_csv_holds_full_numbers_and_names_gaps():
    rows = list(csv.DictReader(io.StringIO(formats.as_csv(TABLE))))
    assert [row["SQA (img)"] for row in rows] == ["62.04", "", "1.5"]
    assert rows[1]["gaps"] == "SQA (img): failed; Avg: –"
    assert rows[0]["Model"] == rows[1]["Model"] == "A_1"


def test_markdown_has_one_cell_per_column():
    lines = formats.as_markdown(TABLE).splitlines()
    grid = [line for line in lines if line.startswith("|")]
    assert len(grid) == 2 + 3
    assert "| A_1 | LoRA | **62.0** | 62.0 |" in grid
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 5 for line in grid)
    assert "- Coverage: 2 of 3 cells." in lines


def test_latex_is_balanced_and_escaped():
    text = formats.as_latex(TABLE)
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
    text = formats.as_html(TABLE)
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
    formats.write(TABLE, tmp_path / "tables")
    assert {path.name for path in (tmp_path / "tables").iterdir()} == {
        f"table99_made_up.{suffix}" for suffix in TABLE_FORMATS
    }


@pytest.mark.parametrize("suffix", TABLE_FORMATS)
def test_writing_is_repeatable(tmp_path, suffix):
    for name in ("a", "b"):
        formats.write(TABLE, tmp_path / name)
    one, other = (tmp_path / name / f"table99_made_up.{suffix}" for name in ("a", "b"))
    assert one.read_bytes() == other.read_bytes()


def test_csv_of_means_has_their_spread_and_number_of_runs():
    rows = list(csv.DictReader(io.StringIO(formats.as_csv(SPREAD))))
    columns = ["Model", "Method", "Size", "SQA (img)", "SQA (img) sd", "SQA (img) n", "gaps"]
    assert list(rows[0]) == columns
    assert [row["SQA (img)"] for row in rows] == ["62.04", "", "1.0"]
    assert [row["SQA (img) sd"] for row in rows] == ["0.5", "", ""]
    assert [row["SQA (img) n"] for row in rows] == ["3", "", "1"]


def test_texts_are_values_and_no_gaps():
    rows = list(csv.DictReader(io.StringIO(formats.as_csv(TEXTS))))
    assert rows[0]["Prompt"] == "one <b> | ± × ↵"
    assert [row["gaps"] for row in rows] == ["", "", "# Test: –"]
    assert "|---|---|---:|" in formats.as_markdown(TEXTS).splitlines()
    page = formats.as_html(TEXTS)
    assert '<td class="text">two</td>' in page
    assert '<td class="gap">–</td>' in page


def test_latex_wraps_long_texts_and_is_ascii():
    text = formats.as_latex(TEXTS)
    assert text.isascii()
    assert r"p{0.6\textwidth}" in text
    assert "resizebox" not in text
    assert r"\resizebox{\ifdim\width>\textwidth" in formats.as_latex(SPREAD)
    assert r"{tabular}{lllr}" in formats.as_latex(SPREAD)


def test_a_long_table_is_several_floats_with_one_number():
    rows = tuple((("A", "LoRA", str(place)), (Cell("-1.5", -1.5),)) for place in range(100))
    text = formats.as_latex(replace(SPREAD, rows=rows, notes=("Below all.",)))
    parts = text.split(r"\begin{table*}")[1:]
    assert [part.count("$-$1.5") for part in parts] == [33, 33, 34]
    assert [part.count(r"\addtocounter{table}{-1}") for part in parts] == [0, 1, 1]
    assert [part.count(r"\label{") for part in parts] == [1, 0, 0]
    assert [part.count("Below all.") for part in parts] == [0, 0, 1]
    assert [part.count("A & LoRA &") for part in parts] == [1, 1, 1], "labels on top of each"


def test_equal_labels_are_shown_once_and_blocks_are_parted():
    text = formats.as_latex(SPREAD)
    body = text[text.index(r"\midrule") : text.index(r"\bottomrule")]
    lines = [line.strip() for line in body.splitlines()[1:] if line.strip()]
    assert [line.split("&")[0].strip() for line in lines if "&" in line] == ["A", "", ""]
    assert [line.split("&")[1].strip() for line in lines if "&" in line] == ["LoRA", "", "Prefix"]
    assert lines.count(r"\addlinespace") == 1
    page = ElementTree.fromstring(
        formats.as_html(SPREAD)
        .removeprefix("<!doctype html>\n")
        .replace('<meta charset="utf-8">', "")
    )
    rows = page.findall("./body/table/tbody/tr")
    assert [len(row) for row in rows] == [4, 2, 3]
    assert [head.get("rowspan") for head in rows[0][:3]] == ["3", "2", None]


def test_rows_without_blocks_have_no_lines_between_them():
    single = replace(TABLE, rows=TABLE.rows[1:])
    assert formats.as_latex(single).count(r"\midrule") == 1
    assert 'class="block"' not in formats.as_html(single)
