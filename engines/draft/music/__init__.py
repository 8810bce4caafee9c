"""Draft music: composed by rules for a mood, played from a small soundfont."""
