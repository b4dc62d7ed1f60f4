"""Where the real datasets come from: their publishers' files, fetched whole and pinned."""
