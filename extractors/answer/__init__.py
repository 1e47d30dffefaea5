"""Feature extraction for one answer: its face, voice and words."""
