"""Speech by a trained model, Kokoro-82M: text to sounds by espeak-ng, sounds to samples by the model."""
