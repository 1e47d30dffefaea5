"""Per-answer extractors: media in, Streams out. Knows nothing of `hirenet_sales`."""
