"""Writers of a `Table`: CSV for programs; Markdown, LaTeX and HTML for readers."""

import csv
import html
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from mmpeft.files import write_text
from mmpeft.tables.model import Cell, Table

_STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #1b1b1b; background: #fff; margin: 1.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .6rem; max-width: 60rem; }
th, td { padding: .2rem .6rem; text-align: right; white-space: nowrap; vertical-align: top; }
thead th { border-top: 2px solid #1b1b1b; border-bottom: 1px solid #1b1b1b; }
th.label { text-align: left; font-weight: normal; }
th.long { white-space: normal; max-width: 22rem; }
thead th.label { font-weight: bold; }
.text { text-align: left; white-space: normal; max-width: 45rem; }
tr.block > * { border-top: 1px solid #bbb; }
tbody { border-bottom: 2px solid #1b1b1b; }
td.gap { color: #9a3412; font-style: italic; }
ul { max-width: 60rem; padding-left: 1.2rem; color: #444; }
"""
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


def as_csv(table: Table) -> str:
    """Numbers in full, gaps empty and named in a last column; `table.beside` beside each number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = (name for column in table.columns for name in (column, *_named(column, table.beside)))
    writer.writerow([*table.labels, *head, "gaps"])
    for labels, cells in table.rows:
        gaps = (
            f"{column}: {cell.text}"
            for column, cell in zip(table.columns, cells, strict=True)
            if cell.gap
        )
        values = (
            value
            for cell in cells
            for value in (_plain(cell), *(_number(getattr(cell, name)) for name in table.beside))
        )
        writer.writerow([*labels, *values, "; ".join(gaps)])
    return text.getvalue()


def _named(column: str, beside: tuple[str, ...]) -> Iterator[str]:
    return (f"{column} {name}" for name in beside)


def _plain(cell: Cell) -> str:
    return cell.text if cell.number is None and not cell.gap else _number(cell.number)


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _text_columns(table: Table) -> list[bool]:
    """Say of each value column whether it holds texts, not numbers."""
    return [
        any(cells[index].number is None and not cells[index].gap for _, cells in table.rows)
        for index in range(len(table.columns))
    ]


def _levels(table: Table) -> list[int]:
    """Say of each row from which label column on it differs from the row above."""
    levels = []
    previous: tuple[str, ...] | None = None
    for labels, _ in table.rows:
        if previous is None:
            levels.append(0)
        else:
            pairs = zip(labels, previous, strict=True)
            differs = (place for place, (one, other) in enumerate(pairs) if one != other)
            levels.append(next(differs, len(labels)))
        previous = labels
    return levels


def _has_blocks(levels: list[int]) -> bool:
    """Whether some rows share their first label, so that a line should part those that do not."""
    return any(level > 0 for level in levels)


def as_markdown(table: Table) -> str:
    """A table in GitHub's dialect, best values in bold, with caption and notes."""

    def line(texts) -> str:
        return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"

    lines = [f"**{table.title}.** {table.caption}", ""]
    lines.append(line((*table.labels, *table.columns)))
    sides = ("---" if text else "---:" for text in _text_columns(table))
    lines.append("|" + "|".join(("---",) * len(table.labels)) + "|" + "|".join(sides) + "|")
    for labels, cells in table.rows:
        texts = (_markdown_cell(cell) for cell in cells)
        lines.append(line((*labels, *texts)))
    return "\n".join([*lines, "", *(f"- {note}" for note in table.notes), ""])


def _markdown_cell(cell: Cell) -> str:
    text = f"[{cell.text}]({cell.link})" if cell.link else cell.text
    return f"**{text}**" if cell.bold else text


def _tex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def _tex_cell(cell: Cell) -> str:
    if cell.bold:
        return rf"\textbf{{{_tex(cell.text)}}}"
    return rf"\textit{{{_tex(cell.text)}}}" if cell.gap else _tex(cell.text)


def _tex_columns(table: Table) -> str:
    """Column types: long texts wrap at their width, numbers end below each other."""
    if table.widths:
        wrapped = r">{{\raggedright\arraybackslash}}p{{{width:g}\textwidth}}"
        return "".join(wrapped.format(width=width) for width in table.widths)
    return "l" * len(table.labels) + "".join("l" if x else "r" for x in _text_columns(table))


def as_latex(table: Table) -> str:
    """A floating table that needs the packages array, booktabs and graphicx."""
    fit = not table.widths
    lines = [
        "% Needs \\usepackage{array,booktabs,graphicx} and \\usepackage[T1]{fontenc}",
        r"\begin{table*}[t]",
        r"  \centering",
        rf"  \caption{{{_tex(f'{table.title}. {table.caption}')}}}",
        rf"  \label{{tab:{table.id}}}",
        *([r"  \resizebox{\textwidth}{!}{%"] if fit else []),
        rf"  \begin{{tabular}}{{{_tex_columns(table)}}}",
        r"    \toprule",
        "    " + " & ".join(map(_tex, (*table.labels, *table.columns))) + r" \\",
        r"    \midrule",
    ]
    levels = _levels(table)
    for index, ((labels, cells), level) in enumerate(zip(table.rows, levels, strict=True)):
        if index and level == 0 and _has_blocks(levels):
            lines.append(r"    \midrule")
        elif 0 < level < len(labels) - 1:
            lines.append(r"    \addlinespace")
        shown = ("" if place < level else _tex(text) for place, text in enumerate(labels))
        lines.append("    " + " & ".join((*shown, *map(_tex_cell, cells))) + r" \\")
    lines += [r"    \bottomrule", r"  \end{tabular}" + ("}" if fit else ""), r"  \par\smallskip"]
    lines += [r"  \begin{minipage}{\textwidth}\footnotesize"]
    lines += [f"    {_tex(note)}\\par" for note in table.notes]
    return "\n".join([*lines, r"  \end{minipage}", r"\end{table*}", ""])


def html_table(table: Table) -> str:
    """The element of a table, with its caption, and its notes; all texts escaped."""
    is_text = _text_columns(table)
    head = "".join(f'<th class="label" scope="col">{html.escape(x)}</th>' for x in table.labels)
    for column, text in zip(table.columns, is_text, strict=True):
        head += f'<th{_class("text" if text else "")} scope="col">{html.escape(column)}</th>'
    levels = _levels(table)
    label = "label long" if table.widths else "label"
    body = []
    for index, ((labels, cells), level) in enumerate(zip(table.rows, levels, strict=True)):
        row = ['<tr class="block">' if level == 0 and _has_blocks(levels) else "<tr>"]
        for place in range(level, len(labels)):
            rows = _rows_with_label(levels, index, place)
            span = f' rowspan="{rows}"' if rows > 1 else ""
            scope = "rowgroup" if rows > 1 else "row"
            text = html.escape(labels[place])
            row.append(f'<th class="{label}" scope="{scope}"{span}>{text}</th>')
        for cell, text_column in zip(cells, is_text, strict=True):
            text = html.escape(cell.text)
            if cell.link:
                text = f'<a href="{html.escape(cell.link)}">{text}</a>'
            kind = "gap" if cell.gap else "text" if text_column else ""
            row.append(f"<td{_class(kind)}>{f'<b>{text}</b>' if cell.bold else text}</td>")
        body.append("".join([*row, "</tr>"]))
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in table.notes)
    title, caption = html.escape(table.title), html.escape(table.caption)
    return (
        f"<table>\n<caption><b>{title}.</b> {caption}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody>\n</table>\n"
        f"<ul>{notes}</ul>\n"
    )


def as_html(table: Table) -> str:
    """A page of its own; nothing but links of cells leads out of it."""
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f"<title>{html.escape(table.title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>\n{html_table(table)}</body>\n</html>\n"
    )


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _rows_with_label(levels: list[int], index: int, place: int) -> int:
    """Count the rows from `index` on that share their labels up to `place`."""
    below = levels[index + 1 :]
    return 1 + next((i for i, level in enumerate(below) if level <= place), len(below))


WRITERS: Mapping[str, Callable[[Table], str]] = {
    "csv": as_csv,
    "md": as_markdown,
    "tex": as_latex,
    "html": as_html,
}


def write(table: Table, folder: Path) -> None:
    """Write `folder/<id>.<format>` for every format."""
    for suffix, writer in WRITERS.items():
        write_text(folder / f"{table.id}.{suffix}", writer(table))
