"""How good pictures, films, sound and texts are technically: what can be measured, read and listened to."""
