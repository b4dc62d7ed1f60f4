"""The paper's own numbers: read as printed, filled into the cells of a study, checked by rules."""
