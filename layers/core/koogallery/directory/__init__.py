"""Enterprises (tenants) of a joint product: who they are, their applications, users and departments.

Filled by the marketplace's syncs, read by the seller's product and by the sign-in (``directory.reading``).
"""
