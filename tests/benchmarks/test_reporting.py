import pytest
from reporting import Table, written


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("LoRA", "LoRA"),
        (1_234, "1,234"),
        (0.1234, "0.12"),
        (-9.999, "-10.00"),
        (12.34, "12.3"),
        (123.4, "123"),
        (1_234.5, "1,234"),
    ],
)
def test_numbers_have_three_digits_or_more(cell, text):
    assert written(cell) == text


def test_a_table_is_markdown_and_printed_row_by_row(capsys):
    table = Table("runs", "wall (s)")
    assert capsys.readouterr().out == "| runs | wall (s) |\n| --- | --- |\n"
    table.add(602, 4.321)
    assert capsys.readouterr().out == "| 602 | 4.32 |\n"
