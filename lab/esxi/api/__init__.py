"""Managed objects of the simulated host: the types of the API over the machine."""
