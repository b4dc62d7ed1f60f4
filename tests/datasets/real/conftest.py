"""Fetched sources without the fetching."""

import pytest

import official_layouts
from mmpeft.datasets.registry import DATASETS


@pytest.fixture
def folders(tmp_path):
    """Write the sources of a dataset, with files replaced or (None) left out by name."""

    def folders(dataset, **replaced):
        made = {}
        for source in DATASETS[dataset].sources:
            files = official_layouts.LAYOUTS[source]() | replaced.get(source, {})
            made[source] = tmp_path / "sources" / source
            for name, data in files.items():
                if data is not None:
                    path = made[source] / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
        return made

    return folders
