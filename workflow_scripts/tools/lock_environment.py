"""Write requirements.lock and envs/mmpeft.yaml from the packages installed in this environment.

The lock holds the dependencies of pyproject.toml (with the `dev` extra) and all that they need in
turn, each at its installed version, and nothing else. Run it after an upgrade, when the tests pass.
"""

import argparse
import platform
import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
LOCK = Path("requirements.lock")
CONDA = Path("envs/mmpeft.yaml")


def normalised(name: str) -> str:
    """Return a distribution name in the form that comparisons use (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def direct_requirements(pyproject: Path) -> list[str]:
    """Return the requirements of the project and of its `dev` extra."""
    project = tomllib.loads(pyproject.read_text())["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["dev"]]


def pins(requirements: list[str]) -> dict[str, str]:
    """Return {name: version} of all installed distributions that `requirements` lead to.

    Local version parts (`+cpu`) are left out, since they name a build and not a release. Raises
    PackageNotFoundError if one is not installed and ValueError if one has an unfit version.
    """
    found: dict[str, str] = {}
    visited: set[str] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in visited:
            continue
        visited.add(str(requirement))
        installed = distribution(requirement.name)
        if not requirement.specifier.contains(installed.version, prereleases=True):
            raise ValueError(f"{requirement} is required, {installed.version} is installed")
        found[normalised(requirement.name)] = Version(installed.version).public
        extras = requirement.extras | {""}
        for text in installed.requires or []:
            child = Requirement(text)
            if child.marker is None or any(child.marker.evaluate({"extra": e}) for e in extras):
                child.marker = None
                waiting.append(child)
    return dict(sorted(found.items()))


def lock_text(found: dict[str, str]) -> str:
    """Return the text of requirements.lock."""
    head = "# Written by workflow_scripts/tools/lock_environment.py; `make env` installs it.\n"
    return head + "".join(f"{name}=={version}\n" for name, version in found.items())


def conda_text(found: dict[str, str]) -> str:
    """Return the text of the conda environment with the same pins."""
    python = ".".join(platform.python_version_tuple()[:2])
    head = (
        "# Written by workflow_scripts/tools/lock_environment.py: the pins of requirements.lock.\n"
        "channels:\n  - conda-forge\n  - nodefaults\n"
        f"dependencies:\n  - python ={python}\n  - pip\n  - pip:\n"
    )
    return head + "".join(f"      - {name}=={version}\n" for name, version in found.items())


def main() -> None:
    """Write both files below the repository root."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="folder of pyproject.toml")
    root = parser.parse_args().root
    found = pins(direct_requirements(root / "pyproject.toml"))
    (root / LOCK).write_text(lock_text(found))
    (root / CONDA).parent.mkdir(exist_ok=True)
    (root / CONDA).write_text(conda_text(found))


if __name__ == "__main__":
    main()
