"""Simulations of how often the methods are wrong: `python -m calibration` fills docs/reference/calibration.md."""
