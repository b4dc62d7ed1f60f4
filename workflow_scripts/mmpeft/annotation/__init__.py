"""Captions judged by people: the sheet that they fill in, and the file that comes out of it."""
