"""Word-level tokenizer of the mini models: every word of the mini world is one token."""

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

PAD, UNKNOWN, END = "<pad>", "<unk>", "</s>"
LLAVA_TOKENS = ("<image>",)
QWEN_TOKENS = ("<img>", "</img>", "<imgpad>", "<|im_start|>", "<|im_end|>")


# A role with its colon and an option's letter with its dot are one token each: "A." stands right
# before its option, where a single attention head finds it.
_TOKEN = r"USER:|ASSISTANT:|\b[A-J]\.|\w+|[^\w\s]"


def _splitter() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Split(Regex(_TOKEN), behavior="removed", invert=True)


def words_of(texts: Iterable[str]) -> list[str]:
    """The distinct words and punctuation marks of `texts`, sorted."""
    split = _splitter().pre_tokenize_str
    return sorted({word for text in set(texts) for word, _ in split(text)})


def build_tokenizer(words: Iterable[str], special: Iterable[str]) -> PreTrainedTokenizerFast:
    """A tokenizer over `words`, with family-specific `special` tokens; ids are dense from 0."""
    special = [PAD, UNKNOWN, END, *special]
    vocabulary = {token: i for i, token in enumerate([*special, *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = _splitter()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        unk_token=UNKNOWN,
        eos_token=END,
        additional_special_tokens=special[3:],
        clean_up_tokenization_spaces=False,
    )
    fast.padding_side = "right"
    return fast
