"""The incident of the design document: replayed as a story, and the tool that finds its cause."""
