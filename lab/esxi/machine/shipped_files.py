"""What a release puts on the RAM disk: the files that matter here, as a fresh installation has them."""

from __future__ import annotations

from lab.esxi.machine.ramdisk import ShippedFile

PASSTHRU_MAP = "etc/vmware/passthru.map"
AUTHORIZED_KEYS = "etc/ssh/keys-root/authorized_keys"

# Format and the NVIDIA line as public copies of the file show them; the other lines are a selection.
_PASSTHRU_MAP_TEXT = """\
# passthrough attributes for devices

# file format: vendor-id device-id resetMethod fptShareable
# vendor id, device id: xxxx (in hex) (ffff can be used for wildchar match)
# reset methods: flr, d3d0, link, bridge, default
# fptShareable: true/default, false

# Intel 82579LM Gig NIC can be reset with d3d0
8086  1502  d3d0     default
# Intel 82598 Gig cards can be reset with d3d0
8086  10b6  d3d0     default
8086  10c6  d3d0     default
# Broadcom 57710/57711/57712 10Gig cards are not shareable
14e4  164e  default  false
14e4  164f  default  false
# Qlogic 8Gb FC card can not be shared
1077  2532  default  false
# LSILogic 1068 based SAS controllers
1000  0056  d3d0     default
1000  0058  d3d0     default
# NVIDIA
10de  ffff  bridge   false
"""
_LOCAL_SH = """\
#!/bin/sh

# local configuration options

exit 0
"""

SHIPPED_FILES = (
    ShippedFile(PASSTHRU_MAP, _PASSTHRU_MAP_TEXT, marked=True),
    ShippedFile("etc/rc.local.d/local.sh", _LOCAL_SH, marked=True),
    ShippedFile(AUTHORIZED_KEYS, "", marked=True),
    ShippedFile("etc/profile", "# system-wide settings of the shell\n"),
    ShippedFile("etc/motd", "The time and date of this login have been sent to the system logs.\n"),
)
