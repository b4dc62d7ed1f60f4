import json

import pandas as pd

import synthetic
from mmpeft import collected


def test_what_was_written_is_read_again(tmp_path):
    study = synthetic.study()
    folder = synthetic.write_records(tmp_path, study)
    manifest = json.loads(json.dumps(study.manifest()))
    data = collected.gather(manifest, folder)
    collected.write(data, folder)
    synthetic.write_json(folder / "study.json", manifest)

    again = collected.read(folder)

    pd.testing.assert_frame_equal(again.results, data.results)
    pd.testing.assert_frame_equal(again.losses, data.losses)
    assert again.study == manifest
    assert (folder / "results.csv").is_file()
