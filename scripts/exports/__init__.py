"""``scripts/deploy export``: the same template for those who deploy by Terraform or import APIs by OpenAPI."""
