"""Procedural stand-ins of the eight datasets: small scenes of coloured shapes and book covers."""
