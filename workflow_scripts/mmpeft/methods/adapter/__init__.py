"""The bottleneck adapter (Houlsby et al., arXiv:1902.00751) as a method that peft knows.

Importing this package registers it, so that `PeftModel.from_pretrained` can read its folders.
"""

from peft.utils import register_peft_method

from mmpeft.methods.adapter.config import BottleneckConfig
from mmpeft.methods.adapter.layer import BottleneckLinear
from mmpeft.methods.adapter.model import BottleneckModel
from mmpeft.methods.adapter.peft_type import NAME

register_peft_method(name=NAME, config_cls=BottleneckConfig, model_cls=BottleneckModel)

__all__ = ["BottleneckConfig", "BottleneckLinear", "BottleneckModel"]
