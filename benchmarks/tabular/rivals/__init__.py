"""The contestants, a file each; ``_base.py`` of the folder above says what they have in common."""
