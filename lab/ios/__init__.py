"""The IOS command line of a lab router: modes, grammar, store, commands, shows, SSH."""
