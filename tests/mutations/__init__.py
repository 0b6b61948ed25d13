"""Breaks the data under each shipped check by the smallest change: is it caught?"""
