"""What the bundle is measured against: every callback a second time, written with aws-lambda-powertools and pydantic.

Not a part of the bundle. A rival verifies, reads its message, works on a DynamoDB table of its own and answers, with
parser, idempotency wherever something is changed, and encryption wherever the bundle encrypts. It knows one dialect,
SaaS V2.0 with JSON lists, and neither debug calls, nor events for the product, nor syncs that overtake each other.
"""
