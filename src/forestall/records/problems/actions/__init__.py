"""Everything that changes a problem. One folder, one module for each part of the work."""
