"""Time to quality: how long a contestant searches until the validation metric is within 0.5 % of
what random search reaches. ``tasks.py`` says on what, ``_base.py`` what a contestant is,
``contest.py`` who runs when, ``compare.py`` what comes of it."""
