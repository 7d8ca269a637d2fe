"""What is known of the factors, and how a fit follows it."""
