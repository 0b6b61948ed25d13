"""What is usual of a metric, from its history: robust bounds, with the reason for them."""
