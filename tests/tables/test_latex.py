"""Every LaTeX table, read by a strict parser of LaTeX and set by pdflatex."""

import re
import shutil
import string
import subprocess
from itertools import chain

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
from mmpeft.tables.latex import PAGE_ROWS, as_latex
from mmpeft.tables.model import Cell, Table

# What the packages array, booktabs and graphicx add to LaTeX.
CONTEXT = latexwalker.get_default_latex_context_db()
CONTEXT.add_context_category(
    "tables",
    prepend=True,
    macros=[
        *(MacroSpec(name, "") for name in ("toprule", "midrule", "bottomrule", "addlinespace")),
        MacroSpec("resizebox", "{{{"),
        MacroSpec("addtocounter", "{{"),
        *(MacroSpec(name, "{") for name in ("caption", "label", "textbf", "textit")),
    ],
    environments=[
        EnvironmentSpec("table*", "["),
        EnvironmentSpec("tabular", "{"),
        EnvironmentSpec("minipage", "{"),
    ],
)
KNOWN = {
    *("toprule", "midrule", "bottomrule", "addlinespace", "caption", "label", "addtocounter"),
    *("resizebox", "ifdim", "width", "else", "fi"),
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


@pytest.fixture(scope="module", params=["sweeps", "nothing", "reported"])
def built(request):
    """The tables of a study that can have them."""
    data = request.getfixturevalue(request.param)
    reported = request.param == "reported"
    return {
        name: tables.build(data, spec)
        for name, spec in TABLES.items()
        if not reported or "reported" in spec.sources
    }


def test_tables_are_sound_latex(built):
    for table in built.values():
        text = as_latex(table)
        assert text.isascii()

        nodes = list(walk(parse(text)))

        macros = {node.macroname for node in nodes if isinstance(node, LatexMacroNode)}
        assert macros <= KNOWN
        tabulars = [
            node
            for node in nodes
            if isinstance(node, LatexEnvironmentNode) and node.environmentname == "tabular"
        ]
        width = len(table.labels) + len(table.columns)
        assert {columns_of(tabular) for tabular in tabulars} == {width}
        rows = [rows_of(tabular) for tabular in tabulars]
        assert [*chain(*rows)] == [width] * (len(table.rows) + len(tabulars))
        assert all(len(part) <= PAGE_ROWS + 1 for part in rows)


@pytest.mark.parametrize("text", [r"\textbf{a", r"\begin{tabular}{l} a", "a}"])
def test_the_parser_is_strict(text):
    with pytest.raises(latexwalker.LatexWalkerParseError):
        parse(text)


DOCUMENT = r"""
\documentclass[twocolumn]{article}
\usepackage[T1]{fontenc}
\usepackage[text={16cm,24cm}]{geometry}
\usepackage{array,booktabs,graphicx}
\begin{document}
%s
\end{document}
"""


def complaints(folder, texts):
    """What pdflatex says of a document with these tables: errors, what does not fit its page."""
    program = shutil.which("pdflatex")
    if program is None:
        pytest.fail("no pdflatex: apt-get install texlive-latex-recommended", pytrace=False)
    (folder / "tables.tex").write_text(DOCUMENT % "\n\\clearpage\n".join(texts), encoding="ascii")
    options = ("-draftmode", "-interaction=nonstopmode", "-file-line-error", "-no-shell-escape")
    done = subprocess.run(
        [program, *options, "tables.tex"], cwd=folder, capture_output=True, text=True, check=False
    )
    log = (folder / "tables.log").read_text(encoding="latin-1")
    found = re.findall(r"^(?:Overfull .*|.*Float too large.*|\./tables\.tex:\d+: .*)$", log, re.M)
    assert (done.returncode != 0) == any(line.startswith("./") for line in found), log
    return found


@pytest.mark.latex
def test_tables_of_a_study_are_set_in_one_document(built, tmp_path):
    assert complaints(tmp_path, map(as_latex, built.values())) == []


@pytest.mark.latex
def test_any_text_is_set(tmp_path):
    labels = (" ".join(string.printable.strip()), "[a]", "*", "–−↑↓↵±×")
    rows = tuple(((label,), (Cell(label), Cell(label, bold=True))) for label in labels)
    table = Table(
        id="table99_made_up",
        title=labels[0],
        caption=labels[0],
        labels=("[Label]",),
        columns=("One", "Two"),
        rows=rows,
        notes=labels,
        widths=(0.3, 0.3, 0.3),
    )
    assert complaints(tmp_path, [as_latex(table)]) == []


@pytest.mark.latex
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (r"\undefined", "Undefined control sequence"),
        (r"\noindent\rule{17cm}{1pt}", "Overfull"),
        (r"\begin{table}\rule{1pt}{30cm}\end{table}", "Float too large"),
    ],
)
def test_what_is_wrong_is_found(tmp_path, text, told):
    (found,) = complaints(tmp_path, [text])
    assert told in found
