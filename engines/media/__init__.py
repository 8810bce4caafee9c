"""How media files are measured and written, through the FFmpeg libraries that the PyAV wheel carries."""
