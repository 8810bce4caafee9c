"""How flat or layered pictures become a moving camera: sheets in depth, an eased path, sub-pixel warps."""
