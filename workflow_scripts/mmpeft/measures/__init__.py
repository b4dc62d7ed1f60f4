"""What an evaluation beside a run's own test set measures, by name."""

from collections.abc import Mapping

from mmpeft.measures.captions import hallucinated_captions
from mmpeft.measures.measure import Measure
from mmpeft.measures.mmhal import mmhal_grades
from mmpeft.measures.transfer import transfer

# The names are those of `mmpeft.study.capabilities.MEASURES`.
MEASURES: Mapping[str, Measure] = {
    "transfer": transfer,
    "captions": hallucinated_captions,
    "mmhal": mmhal_grades,
}
