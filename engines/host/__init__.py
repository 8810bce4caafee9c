"""How engines run outside of their worker."""
