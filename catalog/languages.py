"""Which languages a film can speak, and how their captions are written."""
