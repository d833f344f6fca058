"""Hosts that can be simulated, as YAML, and their typed description."""
