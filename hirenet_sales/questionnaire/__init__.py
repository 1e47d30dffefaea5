"""The expert's side: IPIP-50, norms, clusters and job profiles."""
