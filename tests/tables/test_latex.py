"""Every LaTeX table, read by a strict parser of LaTeX."""

import re

import pytest
from pylatexenc import latexwalker
from pylatexenc.latexwalker import (
    LatexCharsNode,
    LatexEnvironmentNode,
    LatexGroupNode,
    LatexMacroNode,
    LatexSpecialsNode,
    LatexWalker,
)
from pylatexenc.macrospec import EnvironmentSpec, MacroSpec

from mmpeft import tables
from mmpeft.artefacts import TABLES
from mmpeft.tables import formats

# What the packages array, booktabs and graphicx add to LaTeX.
CONTEXT = latexwalker.get_default_latex_context_db()
CONTEXT.add_context_category(
    "tables",
    prepend=True,
    macros=[
        *(MacroSpec(name, "") for name in ("toprule", "midrule", "bottomrule", "addlinespace")),
        MacroSpec("resizebox", "{{{"),
        *(MacroSpec(name, "{") for name in ("caption", "label", "textbf", "textit")),
    ],
    environments=[
        EnvironmentSpec("table*", "["),
        EnvironmentSpec("tabular", "{"),
        EnvironmentSpec("minipage", "{"),
    ],
)
KNOWN = {
    *("toprule", "midrule", "bottomrule", "addlinespace", "resizebox", "caption", "label"),
    *("textbf", "textit", "centering", "par", "smallskip", "footnotesize", "textwidth", "\\"),
    *("raggedright", "arraybackslash", "uparrow", "downarrow", "pm", "times", "hookleftarrow"),
    *("textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater"),
    *("textbar", "textquotedbl", *"&%$#_{}"),
}


def parse(text):
    """Parse LaTeX; unbalanced braces and environments raise."""
    return LatexWalker(text, latex_context=CONTEXT, tolerant_parsing=False).get_latex_nodes()[0]


def walk(nodes):
    """All nodes below, arguments included."""
    for node in nodes or ():
        if node is None:
            continue
        yield node
        arguments = getattr(node, "nodeargd", None)
        yield from walk(arguments.argnlist if arguments is not None else ())
        yield from walk(getattr(node, "nodelist", ()))


def rows_of(tabular):
    """Number of cells in each row."""
    counts = [1]
    for node in tabular.nodelist:
        if isinstance(node, LatexSpecialsNode) and node.specials_chars == "&":
            counts[-1] += 1
        elif isinstance(node, LatexMacroNode) and node.macroname == "\\":
            counts.append(1)
    return counts[:-1]


def columns_of(tabular):
    """Number of columns that the tabular declares."""
    (group,) = [node for node in tabular.nodeargd.argnlist if isinstance(node, LatexGroupNode)]
    text = "".join(node.chars for node in group.nodelist if isinstance(node, LatexCharsNode))
    return len(re.sub(r"[^lrp]", "", text))


@pytest.fixture(params=["sweeps", "nothing"])
def data(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("name", TABLES)
def test_table_is_sound_latex(data, name):
    table = tables.build(data, TABLES[name])
    text = formats.as_latex(table)
    assert text.isascii()

    nodes = list(walk(parse(text)))

    macros = {node.macroname for node in nodes if isinstance(node, LatexMacroNode)}
    assert macros <= KNOWN
    (tabular,) = [
        node
        for node in nodes
        if isinstance(node, LatexEnvironmentNode) and node.environmentname == "tabular"
    ]
    width = len(table.labels) + len(table.columns)
    assert columns_of(tabular) == width
    assert rows_of(tabular) == [width] * (len(table.rows) + 1)


@pytest.mark.parametrize("text", [r"\textbf{a", r"\begin{tabular}{l} a", "a}"])
def test_the_parser_is_strict(text):
    with pytest.raises(latexwalker.LatexWalkerParseError):
        parse(text)
