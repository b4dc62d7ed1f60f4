from mmpeft.annotation.annotations import Annotation, key
from mmpeft.judges.annotators import AnnotatorJudge
from mmpeft.judges.judge import CaptionVerdict


def annotation(hallucination=False, nothing=False, words=()):
    return Annotation(hallucination=hallucination, nothing=nothing, words=words)


def test_captions_are_looked_up_by_image_and_text():
    annotations = {
        key("flickr30k", "1", "a dog"): annotation(),
        key("flickr30k", "1", "a cat"): annotation(True, words=("cat",)),
        key("flickr30k", "2", "a cat"): annotation(True),
        key("flickr30k", "2", "hm"): annotation(nothing=True),
        key("mini-flickr30k", "2", "a dog"): annotation(),
    }
    judge = AnnotatorJudge("annotators", "flickr30k", annotations)
    said = [("a dog", "1"), ("a cat", "1"), ("a cat", "2"), ("hm", "2"), ("a dog", "2")]
    verdicts = judge.captions([text for text, _ in said], [{"id": name} for _, name in said])
    assert verdicts == [
        CaptionVerdict(names_something=True, hallucinated=()),
        CaptionVerdict(names_something=True, hallucinated=("cat",)),
        # Nobody said which words are wrong.
        CaptionVerdict(names_something=True, hallucinated=("a cat",)),
        CaptionVerdict(names_something=False, hallucinated=()),
        None,
    ]
