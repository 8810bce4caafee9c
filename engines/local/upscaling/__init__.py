"""Pictures made larger by a small trained network, on the CPU."""
