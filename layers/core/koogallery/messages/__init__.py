"""The messages: what the marketplace sends and what the seller's product sends."""
