"""Ways the marketplace speaks to a seller, one module each. SaaS 2.0 is the first."""
