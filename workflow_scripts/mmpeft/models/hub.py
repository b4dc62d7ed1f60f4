"""Download what is needed of a repository of the model hub."""

from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download

_SETTINGS = ("*.json", "*.model", "*.tiktoken", "*.txt", "*.jinja")
_SAFE, _PICKLED = "*.safetensors", "pytorch_model*.bin"


def download(hub: str, folder: Path) -> None:
    """Fetch the weights, configs and vocabularies of a repository, and no code.

    hub: id on the hub, owner/name; HF_TOKEN and HF_ENDPOINT are read as usual. Interrupted
    downloads go on where they stopped.
    """
    files = list(wanted(HfApi().list_repo_files(hub)))
    snapshot_download(hub, local_dir=folder, allow_patterns=files)


def wanted(files: Iterable[str]) -> list[str]:
    """Of the files at the top of a repository those that a model is made of.

    Pickled weights only if there are no others.
    """
    top = [file for file in files if "/" not in file]
    weights = _SAFE if any(fnmatch(file, _SAFE) for file in top) else _PICKLED
    return [file for file in top if any(fnmatch(file, one) for one in (*_SETTINGS, weights))]
