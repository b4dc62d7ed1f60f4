"""Checkpoints on the model hub, as a source that is fetched and locked like those of the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import filter as matching
from fnmatch import fnmatch
from typing import ClassVar, Literal

from mmpeft.datasets.sources.source import NoDataError

_SETTINGS = ("*.json", "*.model", "*.tiktoken", "*.txt", "*.jinja")
_SAFE, _PICKLED = "*.safetensors", "pytorch_model*.bin"


@dataclass(frozen=True)
class Checkpoint:
    """Weights, configs and vocabularies at the top of a model repository, and no code."""

    kind: ClassVar[Literal["model"]] = "model"
    repo: str

    @property
    def name(self) -> str:
        """The id on the hub, so that locks of models lie in folders of their owners."""
        return self.repo

    def chosen(self, files: Sequence[str]) -> list[str]:
        """Files that a model is made of: pickled weights only if there are no others.

        Raises NoDataError for a repository without weights.
        """
        top = [file for file in files if "/" not in file]
        weights = matching(top, _SAFE) or matching(top, _PICKLED)
        if not weights:
            raise NoDataError(f"model {self.repo} has neither {_SAFE} nor {_PICKLED}")
        return [
            file
            for file in top
            if file in weights or any(fnmatch(file, pattern) for pattern in _SETTINGS)
        ]
