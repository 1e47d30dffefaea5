"""Training: the loop, its objective, batches and stages."""
