"""Who signs in, which tenants they belong to and what they may do there."""
