"""Draft sound: signal arithmetic, audio files, and sound effects made from nothing."""
