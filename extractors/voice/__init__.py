"""The voice: eGeMAPS and the clip statistics."""
