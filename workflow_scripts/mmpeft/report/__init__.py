"""The HTML report of a study: its opening page, and what it says about each artefact."""
