"""Makes, checks and freezes releases. Not a part of the package that is published."""
