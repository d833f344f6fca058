"""The ESXi shell of the simulated host: SSH, SFTP and SCP over the machine, confined to the host's own root."""
