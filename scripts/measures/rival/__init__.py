"""What the bundle is measured against: the same callback, written with other tools."""
