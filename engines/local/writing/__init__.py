"""Language models write: tasks share the steps of one network, a token at a time."""
