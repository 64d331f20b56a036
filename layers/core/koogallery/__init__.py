"""Connects a software seller to KooGallery: callbacks, instance life, usage ledger."""
