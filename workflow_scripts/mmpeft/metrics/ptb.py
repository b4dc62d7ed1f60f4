"""A caption tokeniser in plain Python, close to Stanford CoreNLP's PTBTokenizer.

It stands in where there is no Java (`mmpeft.metrics.tokenise` picks). Reproduced is what matters to
CIDEr: lower case, clitics split off ("dog 's", "does n't", "ca n't"), Penn Treebank assimilations
("gon na"), brackets as -lrb- and -rrb-, numbers, units and currency, abbreviations that keep their
period, hyphenated and slashed words left whole. The quality of quotation marks (opening, closing)
is not, as all of them are dropped afterwards. The agreement is measured in
tests/metrics/test_tokenise.py.
"""

import html
import re

_CHARACTERS = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "‘": "`",
        "’": "'",
        "–": " -- ",
        "—": " -- ",
        "…": " ... ",
        "½": " 1/2 ",
        "¼": " 1/4 ",
        "¾": " 3/4 ",
        # CoreNLP writes every currency as the Penn Treebank did: pounds as #, others as $.
        "£": "#",
        "€": "$",
        "¢": " cents ",
    }
)
_RENAMED = {
    '"': "''",
    "(": "-lrb-",
    ")": "-rrb-",
    "[": "-lsb-",
    "]": "-rsb-",
    "{": "-lcb-",
    "}": "-rcb-",
}

# Abbreviations that keep their period wherever they stand ...
_ALWAYS = """
    mr mrs ms dr prof rev gen col sgt capt lt gov sen rep hon st mt ft corp inc co ltd bros univ
    assn dept al ave blvd rd jr sr vs etc ph.d jan feb mar apr jun jul aug sep sept oct nov dec
    mon tue tues wed thu thurs fri
"""
# ... and those that keep it only before a number.
_BEFORE_NUMBER = "no nos art fig pp"

_ASSIMILATED = {
    "cannot": ("can", "not"),
    "gonna": ("gon", "na"),
    "gotta": ("got", "ta"),
    "wanna": ("wan", "na"),
    "gimme": ("gim", "me"),
    "lemme": ("lem", "me"),
    "'tis": ("'t", "is"),
    "'twas": ("'t", "was"),
    "more'n": ("more", "'n"),
    "y'all": ("y'", "all"),
}


def _either(words: str) -> str:
    return "|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True))


_CLITIC = r"'(?:s|m|d|re|ve|ll)(?!\w)"
_WORD = r"[^\W_]\w*"
_LEXER = re.compile(
    "|".join(
        (
            r"(?P<web>https?://\S+|www\.[^\s,;!?]*[^\s,;!?.]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)",
            r"(?P<markup></?[a-z][^<>\s]*>)",
            r"(?P<handle>[@#][a-z_]\w*)",
            rf"(?P<clitic>{_CLITIC}|n't(?!\w))",
            r"(?P<omission>'tis\b|'twas\b|'n'|'em\b|'til\b|'cause\b|'\d0s\b)",
            rf"(?P<abbreviation>(?<!\w)(?:{_either(_ALWAYS)})\."
            rf"|(?<!\w)(?:{_either(_BEFORE_NUMBER)})\.(?=\s*\d))",
            # Initials: "u.s.", "a.m.", "plan b."; a single letter keeps its period too.
            r"(?P<initials>(?<!\w)(?:[a-z]\.)+(?!\w))",
            r"(?P<time>\d{1,2}:\d\d(?=[ap]m\b))",
            r"(?P<number>[-+]?(?<![\w.])(?:\d+|\.\d+)(?:[.,:/-]\d+)*(?!-?\w))",
            # o'clock, d'angelo, ma'am, rock'n'roll are left whole but for the 'n'.
            r"(?P<apostrophe>(?:o'|d'|l')[^\W_]\w*|ma'am\b|more'n\b|y'all\b)",
            # A word stops before n't and before a clitic; hyphens, slashes and inner periods hold
            # it together.
            rf"(?P<word>{_WORD}?(?=n't(?!\w))|c\+\+|c#|{_WORD}(?:[-/.]{_WORD})*|_\w*)",
            r"(?P<dots>\.{3,})",
            r"(?P<dashes>--+)",
            r"(?P<marks>[!?]+)",
            r"(?P<other>\S)",
        )
    )
)


def tokenise(text: str) -> list[str]:
    """Split one caption into lower-case tokens, punctuation included."""
    plain = html.unescape(text).translate(_CHARACTERS).lower()
    tokens: list[str] = []
    for match in _LEXER.finditer(plain):
        token = match.group()
        if match.lastgroup == "dashes":
            token = "--"
        tokens.extend(_ASSIMILATED.get(token, (_RENAMED.get(token, token),)))
    return tokens
