"""Faults and work on site: try together, send an engineer, the engineer's own list, what a missed limit gives."""
