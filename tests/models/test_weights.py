import os
import pickle

import pytest
import torch
from safetensors.torch import save_file

from mmpeft.models.weights import read_weights


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def test_pickled_code_is_never_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": Bomb()}, "pytorch_model.bin")
    with pytest.raises(pickle.UnpicklingError):
        read_weights(tmp_path)
    assert not (tmp_path / "exploded").exists()


def test_safetensors_come_before_pickles(tmp_path):
    save_file({"a": torch.ones(2)}, tmp_path / "model-00001-of-00002.safetensors")
    save_file({"b": torch.ones(3)}, tmp_path / "model-00002-of-00002.safetensors")
    torch.save({"c": torch.ones(4)}, tmp_path / "pytorch_model.bin")
    assert {name: len(value) for name, value in read_weights(tmp_path).items()} == {"a": 2, "b": 3}


def test_a_name_in_two_files_is_refused(tmp_path):
    for number in (1, 2):
        torch.save({"a": torch.ones(number)}, tmp_path / f"pytorch_model-{number}.bin")
    with pytest.raises(ValueError, match=r"holds \['a'\], as another file does"):
        read_weights(tmp_path)


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"neither \.safetensors nor \.bin files"):
        read_weights(tmp_path)
