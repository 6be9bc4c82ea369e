"""What agreements, prices and periods mean. Pure: neither Flask nor the database."""
