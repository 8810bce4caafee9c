"""How engines that cannot be confined read foreign media: by a process beside them that can, in any environment."""
