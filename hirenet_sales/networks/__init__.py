"""Networks and their parts: torch alone, nothing of interviews or files."""
