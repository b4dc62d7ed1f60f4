"""A `Table` in LaTeX: one float, or several of a page each."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from mmpeft.tables.model import Cell, Table

# The output is plain ASCII, which every LaTeX engine and font encoding reads alike.
_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "–": "--",
    "−": "$-$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "↵": r"$\hookleftarrow$",
    "±": r"$\pm$",
    "×": r"$\times$",
}
_MINUS = re.compile(r"(?<![\w.])-(?=\d)")  # before a number, where - would be a hyphen
PAGE_ROWS = 45  # that a page holds with rules between them, the caption and notes


def as_latex(table: Table) -> str:
    """Write floats across all columns of a page, as many as the table needs, in plain ASCII.

    One that is wider than the page is made smaller, which `longtable` could not be.
    """
    count = max(-(-len(table.rows) // PAGE_ROWS), 1)
    ends = [len(table.rows) * place // count for place in range(count + 1)]
    parts = [replace(table, rows=table.rows[one:end]) for one, end in pairwise(ends)]
    title = _tex(table.title)
    lines = [r"% Needs \usepackage{array,booktabs,graphicx} and \usepackage[T1]{fontenc}."]
    for place, part in enumerate(parts):
        lines += [
            r"\begin{table*}[t]",
            r"  \centering",
            *(
                [r"  \addtocounter{table}{-1}", rf"  \caption{{{title} (continued).}}"]
                if place
                else [
                    rf"  \caption{{{title}. {_tex(table.caption)}}}",
                    rf"  \label{{tab:{table.id}}}",
                ]
            ),
            *_tabular(part, _types(table)),
            *(_notes(table) if part is parts[-1] else ()),
            r"\end{table*}",
        ]
    return "\n".join([*lines, ""])


def _tabular(table: Table, types: str) -> Iterator[str]:
    """As wide as it is, or else as the page."""
    if not table.widths:
        yield r"  \resizebox{\ifdim\width>\textwidth\textwidth\else\width\fi}{!}{%"
    yield rf"  \begin{{tabular}}{{{types}}}"
    yield r"    \toprule"
    yield _line(map(_tex, (*table.labels, *table.columns)))
    yield r"    \midrule"
    yield from _body(table)
    yield r"    \bottomrule"
    yield r"  \end{tabular}" + ("" if table.widths else "}")


def _types(table: Table) -> str:
    """Types of columns: long texts wrap at their width, numbers end below each other."""
    if table.widths:
        wrapped = r">{{\raggedright\arraybackslash}}p{{{width:g}\textwidth}}"
        return "".join(wrapped.format(width=width) for width in table.widths)
    return "l" * len(table.labels) + "".join("l" if x else "r" for x in table.text_columns)


def _body(table: Table) -> Iterator[str]:
    """Rows, each without the labels that it shares with the one above, and what parts them."""
    for index, ((labels, cells), level) in enumerate(zip(table.rows, table.levels, strict=True)):
        if index and level == 0 and table.has_blocks:
            yield r"    \midrule"
        elif 0 < level < len(labels) - 1:
            yield r"    \addlinespace"
        shown = ("" if place < level else _tex(text) for place, text in enumerate(labels))
        yield _line((*shown, *map(_cell, cells)))


def _line(texts: Iterable[str]) -> str:
    line = " & ".join(texts)
    # Behind the end of the row above, these two would be taken for its arguments.
    guard = "{}" if line.startswith(("[", "*")) else ""
    return rf"    {guard}{line} \\"


def _notes(table: Table) -> list[str]:
    return [
        r"  \par\smallskip",
        r"  \begin{minipage}{\textwidth}\footnotesize",
        *(rf"    {_tex(note)}\par" for note in table.notes),
        r"  \end{minipage}",
    ]


def _cell(cell: Cell) -> str:
    if cell.bold:
        return rf"\textbf{{{_tex(cell.text)}}}"
    return rf"\textit{{{_tex(cell.text)}}}" if cell.gap else _tex(cell.text)


def _tex(text: str) -> str:
    text = _MINUS.sub("−", text)
    return "".join(_LATEX.get(character, character) for character in text)
