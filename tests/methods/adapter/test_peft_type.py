from peft import PeftType
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING, PEFT_TYPE_TO_TUNER_MAPPING

from mmpeft.methods.adapter import BottleneckConfig, BottleneckModel
from mmpeft.methods.adapter.peft_type import BOTTLENECK


def test_the_enum_has_one_entry_more_that_behaves_like_the_others():
    assert PeftType("BOTTLENECK") is PeftType.BOTTLENECK is BOTTLENECK
    assert isinstance(BOTTLENECK, PeftType)
    assert BOTTLENECK == "BOTTLENECK"
    assert BOTTLENECK in list(PeftType)
    assert PeftType.LORA == "LORA"


def test_peft_finds_our_classes():
    assert PEFT_TYPE_TO_CONFIG_MAPPING[BOTTLENECK] is BottleneckConfig
    assert PEFT_TYPE_TO_TUNER_MAPPING[BOTTLENECK] is BottleneckModel
