"""The canonical row of every dataset, and its parquet file.

A row is a plain dict:

| key        | type          | meaning                                                        |
|------------|---------------|----------------------------------------------------------------|
| id         | str           | unique within the dataset                                      |
| image      | bytes or None | encoded image (PNG, JPEG); None for a text-only question       |
| context    | str           | text given with the question; "" if there is none              |
| question   | str           | the question alone, without prompt or options; "" for captions |
| choices    | list[str]     | options of a multiple-choice question, else []                 |
| answers    | list[str]     | ten annotators' or the accepted answers; [] for captions       |
| references | list[str]     | reference captions, else []                                    |
| split      | str           | train, validation or test                                      |
| meta       | str           | JSON: scene graph, question type, ...                          |

The files are parquet in the layout that `datasets.Image` uses (a struct of `bytes` and `path`)
and carry its feature description, so `datasets.load_dataset("parquet", ...)` gives PIL images.
"""

import io
import json
from collections.abc import Iterable, Mapping, Set
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mmpeft.files import DamagedError, whole_file

SPLITS = ("train", "validation", "test")

# A photograph may have several MB.
ROWS_AT_ONCE = 256

_STRINGS = pa.list_(pa.string())
_FIELDS = [
    pa.field("id", pa.string(), nullable=False),
    pa.field("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
    pa.field("context", pa.string(), nullable=False),
    pa.field("question", pa.string(), nullable=False),
    pa.field("choices", _STRINGS, nullable=False),
    pa.field("answers", _STRINGS, nullable=False),
    pa.field("references", _STRINGS, nullable=False),
    pa.field("split", pa.string(), nullable=False),
    pa.field("meta", pa.string(), nullable=False),
]


def _feature(field: pa.Field) -> dict[str, Any]:
    """Describe one column as `datasets.Features` would."""
    if field.name == "image":
        return {"_type": "Image"}
    value = {"dtype": "string", "_type": "Value"}
    return {"feature": value, "_type": "List"} if field.type == _STRINGS else value


SCHEMA = pa.schema(
    _FIELDS,
    metadata={
        "huggingface": json.dumps({"info": {"features": {f.name: _feature(f) for f in _FIELDS}}})
    },
)


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write canonical rows to a parquet file, atomically; a few are in memory at a time.

    Raises KeyError for a missing column and ValueError for an unknown one or a repeated id.
    """
    rows, seen = iter(rows), set()
    with (
        whole_file(path) as part,
        pq.ParquetWriter(part, SCHEMA, write_page_checksum=True) as writer,
    ):
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            for row in batch:
                _check(row, seen, path)
                seen.add(row["id"])
            columns = {name: [row[name] for row in batch] for name in SCHEMA.names}
            columns["image"] = [
                None if image is None else {"bytes": image, "path": None}
                for image in columns["image"]
            ]
            writer.write_table(pa.table(columns, schema=SCHEMA))


def _check(row: Mapping[str, Any], seen: Set[str], path: Path) -> None:
    if unknown := set(row) - set(SCHEMA.names):
        raise ValueError(f"row {row.get('id')!r} has unknown columns {sorted(unknown)}")
    if row["id"] in seen:
        raise ValueError(f"id {row['id']!r} occurs twice in {path}")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read canonical rows from a parquet file; `image` is encoded bytes or None.

    Raises DamagedError if the file is not what was once written.
    """
    try:
        # Not pq.read_table: it imports pandas, half a second of every job.
        file = pq.ParquetFile(path, page_checksum_verification=True)
        # The footer and the heads of pages have no checksum.
        if not file.schema_arrow.equals(SCHEMA):
            raise DamagedError(f"{path} is damaged: it has other columns")
        batches = file.iter_batches(batch_size=ROWS_AT_ONCE)
        rows = [row for batch in batches for row in batch.to_pylist()]
        if len(rows) != file.metadata.num_rows:
            raise DamagedError(f"{path} is damaged: {len(rows)} of {file.metadata.num_rows} rows")
    except FileNotFoundError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise DamagedError(f"{path} is damaged: {error}") from None
    for row in rows:
        row["image"] = None if row["image"] is None else row["image"]["bytes"]
    return rows


def read_ids(path: Path) -> list[str]:
    """Ids of the rows of a parquet file, in its order."""
    return pq.ParquetFile(path).read(columns=["id"]).column("id").to_pylist()


def decode_image(data: bytes):
    """Decode image bytes to an RGB `PIL.Image.Image` of shape (height, width)."""
    from PIL import Image

    return Image.open(io.BytesIO(data)).convert("RGB")
