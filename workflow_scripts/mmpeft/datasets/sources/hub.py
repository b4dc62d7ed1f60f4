"""Files of a dataset repository on the hub, at one commit. HF_ENDPOINT and HF_TOKEN apply."""

import httpx2
from huggingface_hub import HfApi, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import build_hf_headers, filter_repo_objects

from mmpeft.datasets.sources.download import RemoteFile, answered
from mmpeft.datasets.sources.source import HubSource, NoDataError, SourceError


def files(source: HubSource, revision: str | None) -> tuple[str, list[RemoteFile]]:
    """The commit `revision`, None for the newest, and the files of the source in it.

    The hub publishes checksums of files in its large-file storage, which is all but small ones.
    Raises NoDataError if the hub says that they are not there, or not for us, and SourceError for
    what may pass.
    """
    what = f"dataset {source.repo}"
    try:
        return _files(source, revision)
    except GatedRepoError as error:
        reason = "asks for its terms to be accepted: do so on its page and set HF_TOKEN"
        raise NoDataError(f"{what} {reason}") from error
    except RevisionNotFoundError as error:
        reason = f"no longer has the commit {revision} that the lock file names"
        raise NoDataError(f"{what} {reason}") from error
    except RepositoryNotFoundError as error:
        raise NoDataError(f"{what} is not on the hub, or needs a login (HF_TOKEN)") from error
    except HfHubHTTPError as error:
        raise answered(what, error) from error
    except (httpx2.HTTPError, OSError) as error:
        raise SourceError(f"{what} cannot be reached: {error}") from None


def _files(source: HubSource, revision: str | None) -> tuple[str, list[RemoteFile]]:
    api = HfApi()
    commit = api.dataset_info(source.repo, revision=revision).sha
    tree = api.list_repo_tree(source.repo, recursive=True, revision=commit, repo_type="dataset")
    entries = {entry.path: entry for entry in tree if isinstance(entry, RepoFile)}
    names = list(filter_repo_objects(entries, allow_patterns=list(source.patterns)))
    for pattern in source.patterns:
        if not list(filter_repo_objects(names, allow_patterns=pattern)):
            raise NoDataError(f"dataset {source.repo} has no file {pattern} at {commit}")
    return commit, [_remote(source, commit, entries[name]) for name in names]


def _remote(source: HubSource, commit: str, entry: RepoFile) -> RemoteFile:
    return RemoteFile(
        name=entry.path,
        url=hf_hub_url(source.repo, entry.path, repo_type="dataset", revision=commit),
        headers=build_hf_headers(),
        size=entry.size,
        sha256=None if entry.lfs is None else entry.lfs.sha256,
    )
