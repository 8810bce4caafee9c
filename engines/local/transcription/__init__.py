"""Speech to text by a trained model, Whisper tiny.en, in an environment of its own."""
