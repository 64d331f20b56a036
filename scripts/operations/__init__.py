"""Commands for an operator: what became of the usage, and the events nobody took."""
