"""Whether what a system told agrees with its log, its states and its store."""
