"""Annotations that people made in ELAN or Praat, read back: as words, labels, or a comparison."""
