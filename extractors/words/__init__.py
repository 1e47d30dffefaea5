"""The words: recognised or read from a transcript, their times, fluency and vectors."""
