"""The real datasets: one module each, from the files of its publisher to questions and images."""
