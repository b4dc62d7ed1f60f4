"""Writers of a `tables.Table`: CSV for programs; Markdown, LaTeX and HTML for readers."""

import csv
import html
import io
from collections.abc import Callable, Mapping
from pathlib import Path

from mmpeft.tables import Cell, Table

_STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #1b1b1b; background: #fff; margin: 1.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .6rem; max-width: 60rem; }
th, td { padding: .2rem .6rem; text-align: right; white-space: nowrap; }
thead th { border-top: 2px solid #1b1b1b; border-bottom: 1px solid #1b1b1b; }
th.label { text-align: left; font-weight: normal; vertical-align: top; }
thead th.label { font-weight: bold; }
tr.block > * { border-top: 1px solid #bbb; }
tbody { border-bottom: 2px solid #1b1b1b; }
td.gap { color: #9a3412; font-style: italic; }
ul { max-width: 60rem; padding-left: 1.2rem; color: #444; }
"""
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
    "–": "--",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
}


def as_csv(table: Table) -> str:
    """Numbers in full, gaps empty and named in a last column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*table.labels, *table.columns, "gaps"])
    for labels, cells in table.rows:
        gaps = (
            f"{column}: {cell.text}"
            for column, cell in zip(table.columns, cells, strict=True)
            if cell.number is None
        )
        numbers = ("" if cell.number is None else repr(cell.number) for cell in cells)
        writer.writerow([*labels, *numbers, "; ".join(gaps)])
    return text.getvalue()


def as_markdown(table: Table) -> str:
    """A table in GitHub's dialect, best values in bold, with caption and notes."""

    def line(texts) -> str:
        return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"

    lines = [f"**{table.title}.** {table.caption}", ""]
    lines.append(line((*table.labels, *table.columns)))
    lines.append("|" + "---|" * len(table.labels) + "---:|" * len(table.columns))
    for labels, cells in table.rows:
        texts = (f"**{cell.text}**" if cell.bold else cell.text for cell in cells)
        lines.append(line((*labels, *texts)))
    return "\n".join([*lines, "", *(f"- {note}" for note in table.notes), ""])


def _tex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def as_latex(table: Table) -> str:
    """A floating table that needs the packages booktabs and graphicx."""

    def texts(cells: tuple[Cell, ...]):
        for cell in cells:
            if cell.bold:
                yield rf"\textbf{{{_tex(cell.text)}}}"
            else:
                yield (
                    _tex(cell.text) if cell.number is not None else rf"\textit{{{_tex(cell.text)}}}"
                )

    lines = [
        "% Needs \\usepackage{booktabs,graphicx}",
        r"\begin{table*}[t]",
        r"  \centering",
        rf"  \caption{{{_tex(f'{table.title}. {table.caption}')}}}",
        rf"  \label{{tab:{table.id}}}",
        r"  \resizebox{\textwidth}{!}{%",
        rf"  \begin{{tabular}}{{{'l' * len(table.labels)}{'r' * len(table.columns)}}}",
        r"    \toprule",
        "    " + " & ".join(map(_tex, (*table.labels, *table.columns))) + r" \\",
        r"    \midrule",
    ]
    previous: str | None = None
    for labels, cells in table.rows:
        if previous is not None and labels[0] != previous:
            lines.append(r"    \midrule")
        first = "" if labels[0] == previous else labels[0]
        shown = (*map(_tex, (first, *labels[1:])), *texts(cells))
        lines.append("    " + " & ".join(shown) + r" \\")
        previous = labels[0]
    lines += [r"    \bottomrule", r"  \end{tabular}}", r"  \par\smallskip"]
    lines += [r"  \begin{minipage}{\textwidth}\footnotesize"]
    lines += [f"    {_tex(note)}\\par" for note in table.notes]
    return "\n".join([*lines, r"  \end{minipage}", r"\end{table*}", ""])


def as_html(table: Table) -> str:
    """A page of its own, without links to anything."""
    head = "".join(f'<th class="label" scope="col">{html.escape(x)}</th>' for x in table.labels)
    head += "".join(f'<th scope="col">{html.escape(x)}</th>' for x in table.columns)
    firsts = [labels[0] for labels, _ in table.rows]
    body = []
    for index, (labels, cells) in enumerate(table.rows):
        opens = index == 0 or firsts[index - 1] != labels[0]
        row = ['<tr class="block">' if opens else "<tr>"]
        if opens:
            end = next(
                (i for i in range(index, len(firsts)) if firsts[i] != labels[0]), len(firsts)
            )
            span = f' rowspan="{end - index}"'
            row.append(f'<th class="label" scope="rowgroup"{span}>{html.escape(labels[0])}</th>')
        row += [f'<th class="label" scope="row">{html.escape(x)}</th>' for x in labels[1:]]
        for cell in cells:
            text = html.escape(cell.text)
            mark = ' class="gap"' if cell.number is None else ""
            row.append(f"<td{mark}>{f'<b>{text}</b>' if cell.bold else text}</td>")
        body.append("".join([*row, "</tr>"]))
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in table.notes)
    title, caption = html.escape(table.title), html.escape(table.caption)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<table>\n"
        f"<caption><b>{title}.</b> {caption}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody>\n</table>\n"
        f"<ul>{notes}</ul>\n</body>\n</html>\n"
    )


WRITERS: Mapping[str, Callable[[Table], str]] = {
    "csv": as_csv,
    "md": as_markdown,
    "tex": as_latex,
    "html": as_html,
}


def write(table: Table, folder: Path) -> None:
    """Write `folder/<id>.<format>` for every format."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, writer in WRITERS.items():
        (folder / f"{table.id}.{suffix}").write_text(writer(table), encoding="utf-8")
