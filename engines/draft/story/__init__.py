"""How a story, a picture prompt and a line of narration are made from one sentence, by rules."""
