"""Files of a dataset repository on the hub, at one commit. HF_ENDPOINT and HF_TOKEN apply."""

from pathlib import Path

import httpx2
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import filter_repo_objects

from mmpeft.datasets.sources.source import HubSource, SourceError


def download(source: HubSource, revision: str | None, folder: Path) -> tuple[str, dict]:
    """Download the files of a commit into `folder`, going on with what is there already.

    revision: None for the newest. Returns the commit and, by file, the SHA-256 that the hub
    publishes, None for small files that it keeps outside its large-file storage.
    Raises SourceError.
    """
    try:
        return _download(source, revision, folder)
    except GatedRepoError:
        reason = "asks for its terms to be accepted: do so on its page and set HF_TOKEN"
    except RevisionNotFoundError:
        reason = f"has no commit {revision} any more, which the lock file names"
    except RepositoryNotFoundError:
        reason = "is not on the hub, or needs a login (HF_TOKEN)"
    except EntryNotFoundError as error:
        reason = f"lacks a file that it lists: {_first_line(error)}"
    except HfHubHTTPError as error:
        reason = f"could not be fetched: {_first_line(error)}"
    except (httpx2.HTTPError, OSError) as error:
        reason = (
            f"could not be fetched: {_first_line(error)}; what has come in is kept, "
            "the next attempt goes on from there"
        )
    raise SourceError(f"dataset {source.repo} {reason}")


def _download(source: HubSource, revision: str | None, folder: Path) -> tuple[str, dict]:
    api = HfApi()
    commit = api.dataset_info(source.repo, revision=revision).sha
    entries = api.list_repo_tree(source.repo, recursive=True, revision=commit, repo_type="dataset")
    files = {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}
    names = list(filter_repo_objects(files, allow_patterns=list(source.patterns)))
    if not names:
        raise SourceError(
            f"dataset {source.repo} has no file like {', '.join(source.patterns)} at {commit}"
        )
    snapshot_download(
        source.repo, repo_type="dataset", revision=commit, local_dir=folder, allow_patterns=names
    )
    return commit, {
        name: None if files[name].lfs is None else files[name].lfs.sha256 for name in names
    }


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
