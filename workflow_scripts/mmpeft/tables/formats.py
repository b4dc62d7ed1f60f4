"""Writers of a `Table`: CSV for programs; Markdown, LaTeX (`latex`) and HTML for readers."""

import csv
import html
import io
from collections.abc import Callable, Mapping
from pathlib import Path

from mmpeft.files import write_text
from mmpeft.tables.latex import as_latex
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


def as_csv(table: Table) -> str:
    """Numbers in full, gaps empty and named in a last column; `table.beside` beside the numbers.

    A column none of whose cells has one of these fields is without it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    beside = [
        [
            name
            for name in table.beside
            if any(getattr(cells[place], name) is not None for _, cells in table.rows)
        ]
        for place in range(len(table.columns))
    ]
    head = (
        name
        for column, fields in zip(table.columns, beside, strict=True)
        for name in (column, *(f"{column} {field}" for field in fields))
    )
    writer.writerow([*table.labels, *head, "gaps"])
    for labels, cells in table.rows:
        gaps = (
            f"{column}: {cell.text}"
            for column, cell in zip(table.columns, cells, strict=True)
            if cell.gap
        )
        values = (
            value
            for cell, fields in zip(cells, beside, strict=True)
            for value in (_plain(cell), *(_number(getattr(cell, name)) for name in fields))
        )
        writer.writerow([*labels, *values, "; ".join(gaps)])
    return text.getvalue()


def _plain(cell: Cell) -> str:
    return cell.text if cell.number is None and not cell.gap else _number(cell.number)


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def as_markdown(table: Table) -> str:
    """A table in GitHub's dialect, best values in bold, with caption and notes."""

    def line(texts) -> str:
        return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |"

    lines = [f"**{table.title}.** {table.caption}", ""]
    lines.append(line((*table.labels, *table.columns)))
    sides = ("---" if text else "---:" for text in table.text_columns)
    lines.append("|" + "|".join(("---",) * len(table.labels)) + "|" + "|".join(sides) + "|")
    for labels, cells in table.rows:
        texts = (_markdown_cell(cell) for cell in cells)
        lines.append(line((*labels, *texts)))
    return "\n".join([*lines, "", *(f"- {note}" for note in table.notes), ""])


def _markdown_cell(cell: Cell) -> str:
    text = f"[{cell.text}]({cell.link})" if cell.link else cell.text
    return f"**{text}**" if cell.bold else text


def html_table(table: Table) -> str:
    """The element of a table, with its caption, and its notes; all texts escaped."""
    is_text = table.text_columns
    head = "".join(f'<th class="label" scope="col">{html.escape(x)}</th>' for x in table.labels)
    for column, text in zip(table.columns, is_text, strict=True):
        head += f'<th{_class("text" if text else "")} scope="col">{html.escape(column)}</th>'
    label = "label long" if table.widths else "label"
    body = []
    for index, ((labels, cells), level) in enumerate(zip(table.rows, table.levels, strict=True)):
        row = ['<tr class="block">' if level == 0 and table.has_blocks else "<tr>"]
        for place in range(level, len(labels)):
            rows = table.rows_with_label(index, place)
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
