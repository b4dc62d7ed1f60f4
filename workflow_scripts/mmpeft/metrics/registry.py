"""Every metric by its name, which is the `metric` of a `DatasetSpec`."""

from collections.abc import Mapping

from mmpeft.metrics.caption import cider_score
from mmpeft.metrics.exact import exact_match
from mmpeft.metrics.iconqa import blank_accuracy, choice_accuracy
from mmpeft.metrics.scienceqa import option_accuracy
from mmpeft.metrics.score import Metric
from mmpeft.metrics.vqa import vizwiz_score, vqa_score

METRICS: Mapping[str, Metric] = {
    "option_accuracy": option_accuracy,
    "choice_accuracy": choice_accuracy,
    "vqa_score": vqa_score,
    "vizwiz_score": vizwiz_score,
    "blank_accuracy": blank_accuracy,
    "exact_match": exact_match,
    "cider": cider_score,
}
