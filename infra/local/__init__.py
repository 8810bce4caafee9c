"""A real Kafka broker and a real S3 store on this machine, without containers."""
