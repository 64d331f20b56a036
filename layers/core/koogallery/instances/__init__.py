"""The life of an instance: the aggregate, its transitions, its events for the seller. Pure, no I/O."""
