"""What the SQL functions call: SQL values become a verb's arguments, its errors SQL errors.

Each function imports its own module here and no other, so that a session that only predicts waits
for what predicting takes.
"""

import os

# Before numpy is imported: a session has one processor, and its threads would handle the signals
# that the server means for it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
