"""Side-by-side measurements: every bar of speed as a ratio to something measured in the same run on the same machine."""
