"""Known answers that lie beside the checkout, as they are other people's data.

A test on such a file is defined only where the file exists.
"""

from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared" / "oracles"
CAPTIONS = SHARED / "captions.csv"
CAPTIONS_EXPECTED = SHARED / "captions_expected.json"
SCIENCEQA = SHARED / "scienceqa_outputs.json"
