"""What every view shares: access, fragments, forms, errors, navigation."""
