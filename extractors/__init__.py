"""Per-answer feature extraction: media in, Streams out. Independent of `hirenet_sales`."""
