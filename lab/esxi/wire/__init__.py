"""SOAP on the types of pyVmomi: everything about the wire that is the same for every vSphere server."""
