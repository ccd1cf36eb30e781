"""Incidents of any make, read with a small mapping file."""
