"""Brings the bundle to FunctionGraph and the gateway: desired and actual resources, their difference, ordered steps."""
