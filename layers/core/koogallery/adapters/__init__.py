"""The only package that talks to stores: SQLite, DynamoDB's API, folders, S3's API."""
