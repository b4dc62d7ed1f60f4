import httpx2
import pytest
from huggingface_hub.errors import HfHubHTTPError

from mmpeft.datasets.sources.download import answered
from mmpeft.datasets.sources.source import NoDataError


@pytest.mark.parametrize(
    ("status", "definite"),
    [
        *((status, True) for status in (401, 403, 404, 410, 451)),
        *((status, False) for status in (408, 425, 429, 500, 502, 503, 504)),
    ],
)
def test_some_answers_are_final_and_others_may_pass(status, definite):
    response = httpx2.Response(status, request=httpx2.Request("GET", "http://localhost"))
    error = answered("a page", HfHubHTTPError("no", response=response))
    assert str(error).startswith(f"a page answered {status} ")
    assert isinstance(error, NoDataError) == definite
