"""The real datasets by their name in `mmpeft.datasets.registry`."""

from collections.abc import Mapping

from mmpeft.datasets.real.flickr30k import FLICKR30K
from mmpeft.datasets.real.iconqa import ICONQA_BLANK, ICONQA_TXT
from mmpeft.datasets.real.mmhal import MMHAL
from mmpeft.datasets.real.ocrvqa import OCRVQA
from mmpeft.datasets.real.okvqa import OKVQA
from mmpeft.datasets.real.question import RealDataset
from mmpeft.datasets.real.scienceqa import SCIENCEQA
from mmpeft.datasets.real.vizwiz import VIZWIZ
from mmpeft.datasets.real.vqav2 import VQAV2

REAL: Mapping[str, RealDataset] = {
    dataset.name: dataset
    for dataset in (
        SCIENCEQA,
        VIZWIZ,
        ICONQA_TXT,
        ICONQA_BLANK,
        FLICKR30K,
        OKVQA,
        OCRVQA,
        VQAV2,
        MMHAL,
    )
}
