"""Measures data: the only package that imports great_expectations."""
