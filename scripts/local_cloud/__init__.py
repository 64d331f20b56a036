"""APIG and FunctionGraph on one machine: runs the bundle of ``template.yaml`` as the cloud would.

Used by ``scripts/dev`` (everything behind a local gateway) and ``scripts/invoke`` (one function, once).
"""
