"""IPIP-50: fifty public-domain items, their scoring, reliability, norms and 0..1 traits."""
