"""The usage ledger: meters, sealing, batches, settlement. Pure, no I/O; the use cases store what it returns.

usage event ──book──▶ open hour ──seal──▶ record ──batch──▶ sent ──settle──▶ delivered | rejected | conflict | expired
                      (meter)  (commit point: one conditional write of the meter)
"""
