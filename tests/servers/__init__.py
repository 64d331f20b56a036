"""Servers of other makers that stand in for the cloud's stores, each a process on a free loopback port."""
