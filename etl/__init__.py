"""Moves data: reads feeds, keeps what fits the contract, cleans, enriches and loads it."""
