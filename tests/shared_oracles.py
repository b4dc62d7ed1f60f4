"""Known answers that lie beside the checkout, as they are other people's data."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "oracles"
CAPTIONS = SHARED / "captions.csv"
CAPTIONS_EXPECTED = SHARED / "captions_expected.json"
SCIENCEQA = SHARED / "scienceqa_outputs.json"


def needs(*files: Path) -> pytest.MarkDecorator:
    """Leave a test out, and say so, where such files are not there."""
    missing = [file.name for file in files if not file.is_file()]
    return pytest.mark.skipif(bool(missing), reason=f"no {missing} beside this checkout")
