"""Rules of problem solving that need nothing but plain values."""
