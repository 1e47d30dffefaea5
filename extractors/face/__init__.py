"""Face tracking, alignment, descriptors and embeddings."""
