import pandas as pd
import pytest

import synthetic
import synthetic_evaluations
from mmpeft import collected
from mmpeft.files import write_json


def test_what_was_written_is_read_again(tmp_path):
    study = synthetic_evaluations.study()
    folder = synthetic_evaluations.write_records(tmp_path / "results", study)
    datasets = synthetic_evaluations.write_datasets(tmp_path / "datasets", study)
    manifest = synthetic.manifest(study)
    write_json(folder / "study.json", manifest)
    write_json(folder / "models.json", [{"model": "mini-llava-7b"}])
    data = collected.gather(manifest, folder, datasets, synthetic.REPORTED)
    collected.write(data, folder)

    again = collected.read(folder)

    pd.testing.assert_frame_equal(again.results, data.results)
    pd.testing.assert_frame_equal(again.losses, data.losses)
    pd.testing.assert_frame_equal(again.items, data.items)
    assert len(data.items) > 0
    pd.testing.assert_frame_equal(again.samples.answers, data.samples.answers)
    assert again.samples.images == data.samples.images != {}
    assert again.models == data.models == [{"model": "mini-llava-7b"}]
    assert again.study == manifest
    assert (folder / "results.csv").is_file()


def test_files_of_another_version_are_refused(tmp_path):
    study = synthetic_evaluations.study()
    data = synthetic.collected(tmp_path, study)
    collected.write(data, tmp_path)
    write_json(tmp_path / "study.json", data.study)
    answers = data.samples.answers.rename(columns={"metric": "measure"})
    answers.to_parquet(tmp_path / "samples.parquet", index=False)
    with pytest.raises(ValueError, match=r"samples.parquet: unexpected columns .*measure"):
        collected.read(tmp_path)
