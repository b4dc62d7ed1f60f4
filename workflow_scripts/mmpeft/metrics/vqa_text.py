"""How the VQA evaluators rewrite an answer before they compare it.

Sources: `vqaEval.py` of GT-Vision-Lab/VQA (the official evaluator) and of the VizWiz API, and
`EvalAIAnswerProcessor` in LLaVA's `m4c_evaluator.py` (what LLaVA runs over its answers before it
submits them). The oddities
are theirs and are kept, because published numbers contain them.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
} | {"none": "0"}
ARTICLES = frozenset({"a", "an", "the"})
PUNCTUATION = ';/[]"{}()=+\\_-><@`,?!'

_DIGIT_COMMA_DIGIT = re.compile(r"\d,\d")
# The official pattern opens with (?!<=\d), a slip for the look-behind (?<!\d). As a look-ahead it
# always holds at a period, so "5." loses its period.
_PERIOD = re.compile(r"\.(?!\d)")
# `re.UNICODE` is passed where `sub` takes the maximal number of replacements.
_MAX_PERIODS = int(re.UNICODE)
_DELETE_ALL = str.maketrans("", "", PUNCTUATION)

# Each form is found by any spelling that lacks exactly one of its apostrophes. Official entries
# that can never apply are left out: those with a capital (the text is lower case by then) and those
# that map a word to itself.
_CONTRACTED = """
    ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't
    haven't he'd he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't
    mightn't've might've mustn't must've needn't not've o'clock oughtn't 'ow's'at shan't she'd've
    should've shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've
    someone'll someone's something'd something'd've something'll that's there'd there'd've there're
    there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll
    what're what's what've when's where'd where's where've who'd who'd've who'll who's who've
    why'll why're why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd
    you'd've you'll you're you've
"""


def _contractions() -> dict[str, str]:
    repaired = {
        form[:at] + form[at + 1 :]: form
        for form in _CONTRACTED.split()
        for at, character in enumerate(form)
        if character == "'"
    }
    # The one entry that the official table has the wrong way round.
    return repaired | {"somebody'd": "somebodyd"}


CONTRACTIONS = _contractions()

# In the table of the VizWiz evaluator all apostrophes are ’ but those of these words and two keys:
# what it repairs matches no reference with a typed apostrophe.
_VIZWIZ_TYPED = frozenset(
    ("ain't", "aren't", "can't", "could've", "couldn't", "we've", "where's", "who've")
)
_VIZWIZ_TYPED_KEYS = frozenset(("couldn'tve", "hadn'tve"))


def _vizwiz_contractions() -> dict[str, str]:
    return {
        broken if broken in _VIZWIZ_TYPED_KEYS else broken.replace("'", "’"): (
            whole if whole in _VIZWIZ_TYPED else whole.replace("'", "’")
        )
        for broken, whole in CONTRACTIONS.items()
    }


VIZWIZ_CONTRACTIONS = _vizwiz_contractions()


def strip_punctuation(text: str) -> str:
    """Apply the official `processPunctuation`.

    A mark is deleted if it stands next to a space anywhere in the text, or if the text has a comma
    between digits; otherwise it becomes a space. Then periods go, unless a digit follows.
    """
    if _DIGIT_COMMA_DIGIT.search(text):
        bare = text.translate(_DELETE_ALL)
    else:
        bare = text.translate(
            {
                ord(mark): None if f"{mark} " in text or f" {mark}" in text else " "
                for mark in PUNCTUATION
                if mark in text
            }
        )
    return _PERIOD.sub("", bare, count=_MAX_PERIODS)


def normalise_words(text: str, contractions: Mapping[str, str] = CONTRACTIONS) -> str:
    """Apply the official `processDigitArticle`: lower case, digits, no articles, apostrophes."""
    words = (NUMBER_WORDS.get(word, word) for word in text.lower().split())
    return " ".join(contractions.get(word, word) for word in words if word not in ARTICLES)


def clean(text: str) -> str:
    """Replace line breaks and tabs by spaces and strip: what the evaluator does to every answer."""
    return text.replace("\n", " ").replace("\t", " ").strip()


# Answers repeat (ten annotators, few distinct words), so most calls are answered from the cache.
@lru_cache(maxsize=100_000)
def normalise(text: str) -> str:
    """Normalise an answer that went through `clean`, as the official evaluator does."""
    return normalise_words(strip_punctuation(text))


@lru_cache(maxsize=100_000)
def normalise_vizwiz(text: str) -> str:
    """Normalise a prediction that went through `clean`, as the VizWiz evaluator does."""
    return normalise_words(strip_punctuation(text), VIZWIZ_CONTRACTIONS)


@lru_cache(maxsize=100_000)
def evalai(text: str) -> str:
    """Rewrite a prediction as LLaVA does before it submits it to the official evaluator.

    Lower case, no commas and question marks, "'s" set apart, and then the official normalisation.
    """
    spread = text.lower().replace(",", "").replace("?", "").replace("'s", " 's")
    return normalise(clean(spread))
