"""Namespaces, veth pairs, bridges, addresses and probes: the only place that runs ip(8) and nft(8)."""
