"""Whether pictures and texts may be shown: a trained network for what pictures show, rules for words."""
