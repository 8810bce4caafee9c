"""Locked Python environments for engines that cannot live beside the others: a folder each, with its lock file."""
