"""The simulated host itself: one state, changed only by operations that check named rules."""
