"""Everything that can be asked about problems, limited to what the asker may see."""
