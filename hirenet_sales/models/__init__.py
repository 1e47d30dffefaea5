"""Models of the catalogue: HireNet, its ablations, CNN-LSTM, CR-Net, Deep Impression, baselines."""
