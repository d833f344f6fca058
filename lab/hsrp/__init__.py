"""HSRP version 1 (RFC 2281) of the lab: packet, state machine, and the speaker with its sockets."""
