import ast
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
IMPORT_NAMES = {
    "huggingface-hub": "huggingface_hub",
    "pillow": "PIL",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
}
# Used as commands, or by packages that leave them to their users.
NEVER_IMPORTED = {
    "accelerate",  # transformers.Trainer
    "pre-commit",
    "pytest-xdist",
    "protobuf",  # transformers, to read vocabularies of sentencepiece
    "ruff",
    "setuptools",  # editable installation without network
    "snakefmt",
    "snakemake-executor-plugin-kubernetes",
    "snakemake-executor-plugin-slurm",
    "snakemake-storage-plugin-fs",
}


def lock():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def requirements():
    texts = [*project()["dependencies"], *project()["optional-dependencies"]["dev"]]
    return {requirement.name: requirement for requirement in map(Requirement, texts)}


def test_the_lock_pins_every_requirement_within_its_range():
    pins = lock()
    for name, requirement in requirements().items():
        assert requirement.specifier.contains(pins[name]), name


def test_this_environment_has_the_pinned_versions():
    installed = {name: Version(version(name)).public for name in lock()}
    assert installed == lock()


def test_the_conda_environment_has_the_same_pins():
    conda = yaml.safe_load((ROOT / "envs/mmpeft.yaml").read_text())["dependencies"]
    assert dict(pin.split("==") for pin in conda[-1]["pip"]) == lock()


def test_the_container_installs_the_lock_on_the_same_python():
    recipe = (ROOT / "envs/Containerfile").read_text()
    assert "COPY requirements.lock" in recipe
    python = re.search(r"FROM python:([\d.]+)", recipe).group(1)
    conda = yaml.safe_load((ROOT / "envs/mmpeft.yaml").read_text())["dependencies"]
    assert conda[0] == f"python ={python}"
    assert project()["requires-python"] == f">={python}"


def test_torch_is_installed_first_and_in_the_pinned_version_everywhere():
    for file in ("Makefile", "envs/Containerfile"):
        installs = [
            line
            for line in (ROOT / file).read_text().splitlines()
            if re.search(r"pip install|--requirement", line)
        ]
        assert f"torch=={lock()['torch']}" in installs[0], file
        assert "requirements.lock" in installs[1], file


def test_a_gpu_machine_keeps_its_torch_if_that_is_within_the_range():
    recipe = (ROOT / "Makefile").read_text().partition("\nenv-gpu:")[2].partition("\n\n")[0]
    kept = Requirement(re.search(r'--no-index "(.+)"', recipe).group(1))
    assert kept == requirements()["torch"]
    pattern = re.search(r"grep -v '(.+)' requirements.lock", recipe).group(1)
    left_out = {name for name, pin in lock().items() if re.search(pattern, f"{name}=={pin}")}
    assert left_out == {"torch"}


def test_no_file_of_the_environment_names_a_package_index():
    for file in ("requirements.lock", "pyproject.toml", "Makefile", ".ci/run", "envs/mmpeft.yaml"):
        text = (ROOT / file).read_text()
        assert not re.search(r"https?://|index-url|find-links", text), file


def test_every_requirement_is_used():
    imported = set()
    for file in (*ROOT.glob("workflow_scripts/**/*.py"), *ROOT.glob("tests/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    for file in (ROOT / "Snakefile", *ROOT.glob("rules/*.smk")):
        imported |= set(re.findall(r"^(?:from|import) (\w+)", file.read_text(), re.MULTILINE))
    unused = {
        name
        for name in requirements()
        if IMPORT_NAMES.get(name, name) not in imported and name not in NEVER_IMPORTED
    }
    assert unused == set()
