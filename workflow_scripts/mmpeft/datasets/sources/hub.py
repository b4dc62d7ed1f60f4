"""Files of a repository on the hub, at one commit. HF_ENDPOINT and HF_TOKEN apply."""

import httpx2
from huggingface_hub import HfApi, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import build_hf_headers

from mmpeft.datasets.sources.download import RemoteFile, answered
from mmpeft.datasets.sources.source import NoDataError, Repository, SourceError


def files(source: Repository, revision: str | None) -> tuple[str, list[RemoteFile]]:
    """The commit `revision`, None for the newest, and the files of the source in it.

    The hub publishes the SHA-256 of files in its large-file storage, which is all but small ones.
    Raises NoDataError if the hub says that they are not there, or not for us, and SourceError for
    what may pass.
    """
    what = f"{source.kind} {source.repo}"
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


def _files(source: Repository, revision: str | None) -> tuple[str, list[RemoteFile]]:
    api = HfApi()
    commit = api.repo_info(source.repo, revision=revision, repo_type=source.kind).sha
    tree = api.list_repo_tree(source.repo, recursive=True, revision=commit, repo_type=source.kind)
    entries = {entry.path: entry for entry in tree if isinstance(entry, RepoFile)}
    return commit, [_remote(source, commit, entries[name]) for name in source.chosen([*entries])]


def _remote(source: Repository, commit: str, entry: RepoFile) -> RemoteFile:
    return RemoteFile(
        name=entry.path,
        url=hf_hub_url(source.repo, entry.path, repo_type=source.kind, revision=commit),
        headers=build_hf_headers(),
        size=entry.size,
        sha256=None if entry.lfs is None else entry.lfs.sha256,
        blob=entry.blob_id if entry.lfs is None else None,
    )
