"""The cluster check of Kassab et al. 2022, with numbers and baselines instead of an impression."""
