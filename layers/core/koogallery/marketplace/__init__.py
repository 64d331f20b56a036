"""The marketplace's open APIs as a seller calls them: order query and usage push."""
