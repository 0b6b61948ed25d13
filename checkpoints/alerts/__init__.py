"""Tells people of trouble: one message for an incident, once the results of the run are safe."""
