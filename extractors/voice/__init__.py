"""Voice features: eGeMAPS and the 26 clip statistics."""
