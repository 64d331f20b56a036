"""What the functions do: one module each, over the ports handed in by ``services``."""
