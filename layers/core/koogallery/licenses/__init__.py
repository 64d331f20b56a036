"""The life of authorization codes, and of applications for online licences. Pure, no I/O."""
