"""Recordings: opened, measured and decoded. The only place that opens media."""
