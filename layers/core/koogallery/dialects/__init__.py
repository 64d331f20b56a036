"""The dialects of the callbacks: each is verified and translated here, before a function sees the message."""
