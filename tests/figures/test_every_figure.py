"""What holds for all figures."""

import pytest
from PIL import Image

from drawn import texts_of
from mmpeft import figures
from mmpeft.artefacts import FIGURE_FORMATS, FIGURES
from mmpeft.artefacts.kinds import AnswerFigure, ArchitectureFigure, CaptionFigure
from mmpeft.figures import style
from mmpeft.study.capabilities import CAPABILITIES

NARROW_PICTURE = "figure09_hallucination"
WIDE = {
    name
    for name, figure in FIGURES.items()
    if isinstance(figure, ArchitectureFigure | CaptionFigure | AnswerFigure)
} - {NARROW_PICTURE}


@pytest.mark.parametrize("name", FIGURES)
def test_figure_is_one_or_two_columns_wide_and_repeatable(complete, tmp_path, name):
    for folder in ("a", "b"):
        figures.write(figures.build(complete, FIGURES[name]), tmp_path / folder, name)
    for suffix in FIGURE_FORMATS:
        one, other = (tmp_path / folder / f"{name}.{suffix}" for folder in ("a", "b"))
        assert one.read_bytes() == other.read_bytes()
    with Image.open(tmp_path / "a" / f"{name}.png") as image:
        columns = style.FULL_WIDTH_INCHES if name in WIDE else style.COLUMN_WIDTH_INCHES
        assert image.width == pytest.approx(columns * 300, abs=2)
        assert len(image.convert("RGB").getcolors(maxcolors=1_000_000)) > 10


@pytest.mark.parametrize("name", FIGURES)
def test_figure_of_a_study_that_has_not_run_tells_its_gaps(nothing, tmp_path, name):
    figure = figures.build(nothing, FIGURES[name])
    figures.write(figure, tmp_path, name)
    told = texts_of(figure)
    assert told
    assert all(text.startswith(("gap", "missing", "not part of this study")) for text in told)


def test_every_method_has_a_colour_in_the_order_of_the_paper():
    assert list(style.COLOURS) == [capability.label for capability in CAPABILITIES.values()]
    assert len(set(style.COLOURS.values())) == len(style.COLOURS)
