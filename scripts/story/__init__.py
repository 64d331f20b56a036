"""The demo: a marketplace, the bundle and a seller's product on one machine, and what passes between them."""
