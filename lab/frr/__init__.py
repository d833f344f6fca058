"""FRR behind the routers' command line: daemons, configuration, observation, events."""
