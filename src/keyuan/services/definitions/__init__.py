"""An administrator's changes to objects and fields, the work that follows from them, and how definitions are shown."""
