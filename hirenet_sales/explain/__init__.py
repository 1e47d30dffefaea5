"""What weighed in a conclusion: questions, moments and words."""
