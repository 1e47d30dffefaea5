"""Opening, probing and decoding of recordings. Only this package opens media."""
