"""Tokenisation of captions for CIDEr: the official Java tool where there is Java, else our own.

The official toolkit (tylin/coco-caption, on PyPI as pycocoevalcap) runs Stanford CoreNLP 3.4.1's
PTBTokenizer and drops punctuation. The values depend on it: on the same captions CIDEr was 0.61
with it and 0.41 on bare words, so every score says which tokeniser ran.
"""

import importlib.util
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmpeft.metrics import ptb

# The official list. Brackets arrive in lower case ("-lrb-"), so they stay, as they do officially.
PUNCTUATION = frozenset(
    {"''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-"}
    | {".", "?", "!", ",", ":", "-", "--", "...", ";"}
)

_JAR = "stanford-corenlp-3.4.1.jar"


@dataclass(frozen=True)
class Tokeniser:
    """`run` turns captions into lists of tokens, one list per caption, punctuation dropped."""

    name: str
    run: Callable[[Sequence[str]], list[list[str]]]


def default_tokeniser() -> Tokeniser:
    """The official tokeniser if `java` is on PATH, else the Python one."""
    java = shutil.which("java")
    if java is None:
        return PYTHON
    return Tokeniser(
        "Stanford CoreNLP 3.4.1 PTBTokenizer (Java)", lambda captions: _run_java(java, captions)
    )


def _run_python(captions: Sequence[str]) -> list[list[str]]:
    return [_without_punctuation(ptb.tokenise(caption)) for caption in captions]


PYTHON = Tokeniser("mmpeft.metrics.ptb (Python stand-in for PTBTokenizer)", _run_python)


def _run_java(java: str, captions: Sequence[str]) -> list[list[str]]:
    """Tokenise all captions in one call, each distinct one once.

    Raises RuntimeError if Java fails or returns another number of lines.
    """
    # A line is a caption: no line separator of any alphabet may be left inside one.
    lines = list(dict.fromkeys(" ".join(caption.split()) for caption in captions))
    command = [
        java,
        "-Xmx512m",
        "-Dfile.encoding=UTF-8",
        "-cp",
        str(_jar()),
        "edu.stanford.nlp.process.PTBTokenizer",
        "-preserveLines",
        "-lowerCase",
        "-encoding",
        "UTF-8",
    ]
    done = subprocess.run(
        command, input="\n".join(lines) + "\n", capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"the caption tokeniser failed with {java}: {done.stderr.strip()[-500:]}; repair Java "
            "or take it off PATH, and the Python tokeniser is used"
        )
    output = done.stdout.split("\n")[: len(lines)]
    if len(output) != len(lines):
        raise RuntimeError(f"{java} returned {len(output)} lines for {len(lines)} captions")
    # "1 1/2" is one token with a no-break space, which the official scorer splits again.
    tokens = {
        line: _without_punctuation(out.split()) for line, out in zip(lines, output, strict=True)
    }
    return [tokens[" ".join(caption.split())] for caption in captions]


def _jar() -> Path:
    spec = importlib.util.find_spec("pycocoevalcap.tokenizer")
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError("pycocoevalcap is not installed; it brings the Java tokeniser")
    return Path(next(iter(spec.submodule_search_locations))) / _JAR


def _without_punctuation(tokens: Sequence[str]) -> list[str]:
    return [token for token in tokens if token not in PUNCTUATION]
