"""What written language is made of, for whoever plans, speaks or shows it: sentences, marks, instructions."""
