"""Forestall: preventive policing, from records to results."""
