"""The truth about the catalogue of faults: each is run through the pipeline and judged."""
