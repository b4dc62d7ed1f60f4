"""Which Python the jobs of the workflow run: the one that runs Snakemake."""

import os
from collections.abc import MutableMapping
from importlib.util import find_spec
from pathlib import Path

NEEDED = ("torch", "transformers", "peft", "pandas", "matplotlib")


def put_first_on_path(executable: str, environment: MutableMapping[str, str]) -> None:
    """Let `python` in a shell be `executable`, without naming it in a command.

    A job whose command held the interpreter's path would run again after the environment moved.
    """
    folder = str(Path(executable).parent)
    others = [part for part in environment.get("PATH", "").split(os.pathsep) if part != folder]
    environment["PATH"] = os.pathsep.join((folder, *others))


def missing_packages() -> list[str]:
    """Packages that jobs need and this interpreter lacks; imports none of them."""
    return [name for name in NEEDED if find_spec(name) is None]
