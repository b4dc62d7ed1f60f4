import pytest
from sentencepiece import SentencePieceTrainer

from mmpeft.models.chats import CHATS

TEXTS = (
    CHATS["vicuna_v1"].prompt("What colour is the shape in the picture ?", has_image=False),
    "The circle is red, the square is green. How many? Answer with one word or phrase.",
)


@pytest.fixture(scope="session")
def sentencepiece_model(tmp_path_factory):
    """A small vocabulary of the kind that Llama has."""
    folder = tmp_path_factory.mktemp("sentencepiece")
    SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 20),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=380,
        model_type="bpe",
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        minloglevel=2,
    )
    return folder / "tokenizer.model"
