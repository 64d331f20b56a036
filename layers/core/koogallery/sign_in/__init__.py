"""Single sign-on of a joint product: browsers come from a tenant's auth centre and go on to the seller's product."""
