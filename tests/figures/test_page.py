import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from mmpeft.figures import style
from mmpeft.figures.page import Block, Picture, Style, page, paragraph, width_of

LONG = "a caption with a remarkably longwordthatdoesnotfitanywhere and some more words " * 3


def words_of(broken):
    return [" ".join(piece.text for piece in line) for line in broken.lines]


@pytest.mark.parametrize("width", [30.0, 77.0, 200.0])
def test_no_line_is_wider_than_allowed_and_no_letter_is_lost(width):
    broken = paragraph(LONG, width, 6.5)
    assert broken.width <= width + 1e-6
    assert "".join(words_of(broken)).replace(" ", "") == LONG.replace(" ", "")


def test_lines_are_as_long_as_they_can_be():
    broken = paragraph("one two three", width_of("one two", 7.0) + 0.1, 7.0)
    assert words_of(broken) == ["one two", "three"]


def test_what_does_not_fit_ends_in_an_ellipsis():
    broken = paragraph(LONG, 80.0, 6.5, max_lines=3)
    assert len(broken.lines) == 3
    assert words_of(broken)[-1].endswith("…")
    assert broken.width <= 80.0
    assert "…" not in "".join(words_of(paragraph("short", 80.0, 6.5, max_lines=3)))


def test_style_follows_words_over_lines_and_keeps_their_spaces():
    marked = Style(marked=True)
    text = [("on a plain wall,", Style()), (" a red", Style()), (" star", marked), (".", Style())]
    whole = paragraph(text, 1000.0, 6.5)
    assert [piece.text for piece in whole.lines[0]] == ["on a plain wall, a red", "star", "."]
    space = whole.lines[0][1].x - (whole.lines[0][0].x + whole.lines[0][0].width)
    assert space == pytest.approx(width_of(" ", 6.5))
    assert whole.lines[0][2].x == pytest.approx(whole.lines[0][1].x + whole.lines[0][1].width)
    narrow = paragraph(text, width_of("on a plain wall,", 6.5) + 0.1, 6.5)
    assert [piece.style.marked for line in narrow.lines for piece in line].count(True) == 1


def test_text_is_drawn_as_wide_as_it_was_measured():
    block = Block()
    for index, (words, look) in enumerate(
        [(LONG, Style()), ("bold as measured", Style(bold=True))]
    ):
        block.put(paragraph(words, 300.0, 6.5, look), 0.0, index * 60.0)
    with style.context():
        figure = page(block, 320.0)
        figure.set_dpi(300)
        renderer = FigureCanvasAgg(figure).get_renderer()
        for text in figure.axes[0].texts:
            look = Style(bold=text.get_weight() == "bold")
            drawn = text.get_window_extent(renderer).width / 300 * 72
            assert drawn == pytest.approx(width_of(text.get_text(), 6.5, look), abs=1.0)


def test_pictures_keep_their_shape():
    wide = Picture(Image.new("RGB", (400, 100)), 72.0)
    assert wide.scaled == (72.0, 18.0)
    assert wide.height == 18.0


def test_a_page_is_as_high_as_its_content():
    block = Block()
    end = block.put(paragraph("one", 50.0, 8.0), 0.0, 30.0)
    figure = page(block, 72.0, margin=3.0)
    assert end == block.height == 40.0
    assert tuple(figure.get_size_inches() * 72) == pytest.approx((72.0, 46.0))
