"""How well one call predicts, beside the methods that win on tables today. ``sets.py`` says on
what, ``_base.py`` what a contestant is, ``contest.py`` who runs when, ``compare.py`` what comes of
it."""
