"""Where bytes live: content under its own digest, results under their fingerprint, in any S3 store."""
