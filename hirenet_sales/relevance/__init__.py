"""Relevance: how much a sentence, and an answer, addresses its question; it knows no traits."""
