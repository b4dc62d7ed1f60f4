import pandas as pd
import pytest

from mmpeft import tidy

TABLE = pd.DataFrame({"run": ["a", "b"], "loss": [1.0, None]}, index=[5, 7])


def test_what_was_written_is_read_again_without_the_index(tmp_path):
    tidy.write(TABLE, tmp_path / "new/table.parquet")
    again = tidy.read(tmp_path / "new/table.parquet", ["run", "loss"])
    pd.testing.assert_frame_equal(again, TABLE.reset_index(drop=True))
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["table.parquet"]


@pytest.mark.parametrize("expected", [["loss", "run"], ["run"], ["run", "loss", "step"]])
def test_other_columns_or_another_order_are_refused_by_name(tmp_path, expected):
    path = tmp_path / "table.parquet"
    tidy.write(TABLE, path)
    with pytest.raises(ValueError, match="unexpected columns") as error:
        tidy.read(path, expected)
    assert str(path) in str(error.value)
