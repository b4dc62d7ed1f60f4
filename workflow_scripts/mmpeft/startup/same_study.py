"""Whether a job on another machine reads the study that was planned: its file may be edited."""

import json
from collections.abc import Mapping, MutableMapping
from typing import Any

from mmpeft.sources import text_digest

_PLANNED = "MMPEFT_STUDY"


def same_study(
    config: Mapping[str, Any], environment: MutableMapping[str, str], *, planning: bool
) -> bool:
    """Whether `config` is what the Snakemake had read that planned this job.

    That one (`planning`) leaves a digest in the environment, which cluster schedulers hand on; true
    where nothing was handed on.
    """
    digest = text_digest(json.dumps(config, sort_keys=True, default=str))
    if planning:
        environment[_PLANNED] = digest
    return environment.get(_PLANNED, digest) == digest
