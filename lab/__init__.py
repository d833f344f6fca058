"""The embedded lab: real BGP and BFD in network namespaces behind an IOS command line."""
