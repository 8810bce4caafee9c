"""Providers that stand in for the real ones, on this machine: their wire formats, states and errors, and what was bought."""
