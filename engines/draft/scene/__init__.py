"""How words become a painted scene. Its parts are imported by name: what only reads words needs no pictures."""
