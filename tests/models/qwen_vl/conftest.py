import pytest

from tiny_qwen_vl import picture, tiny_model, tiny_processor


@pytest.fixture
def model():
    return tiny_model()


@pytest.fixture(scope="session")
def processor():
    return tiny_processor()


@pytest.fixture
def batch(processor):
    """Four rows of unequal length: one image, two images, none, one image at the end."""

    def build(side: str = "right"):
        texts = [
            "w1 <img></img> w2 w3 w4",
            "w5 <img></img> w6 <img></img> w7 w8 w9 w10",
            "w11 w12 w13",
            "w14 w15 <img></img>",
        ]
        images = [picture(seed) for seed in range(4)]
        return processor(
            images=images, text=texts, padding=True, padding_side=side, return_tensors="pt"
        )

    return build
