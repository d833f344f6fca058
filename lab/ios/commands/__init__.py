"""Commands of the lab's IOS: one file per feature, each with its running-config writer beside it."""
