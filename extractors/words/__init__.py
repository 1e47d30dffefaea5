"""Words of an answer, recognised or from a transcript: times, fluency and vectors."""
