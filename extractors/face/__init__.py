"""The face: followed, aligned, described and embedded."""
