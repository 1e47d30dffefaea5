"""Expert knowledge: IPIP-50, norms, clusters and job profiles."""
