"""What is on a figure."""

from matplotlib.figure import Figure


def texts_of(figure: Figure) -> list[str]:
    """All texts beside axes, titles and legends, in the order of drawing."""
    return [text.get_text() for axes in figure.axes for text in axes.texts]
