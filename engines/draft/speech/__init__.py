"""Draft speech: text to a spoken line with a time for every word, without weights."""
