"""The tools of the shell, one file a tool or esxcli namespace: pure functions over the machine."""
