"""Models that are learnt and compared over many interviews: HireNet, its ablations, baselines."""
