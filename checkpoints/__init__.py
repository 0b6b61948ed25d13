"""Decides: suites by layer, gates, publishing and the command line."""
