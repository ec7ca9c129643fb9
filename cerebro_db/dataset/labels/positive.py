"""The positive class of two: its probability is the score, and auc and f1 speak of it."""

from __future__ import annotations

import json
from dataclasses import replace

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import task_of


def with_positive(output: Output, positive: str) -> Output:
    """Return an output of two classes of which the stated one is the second.

    Raises:
        InvalidArgument: the task has no positive class, or no label is called so.
    """
    if not task_of(output).has_positive:
        raise InvalidArgument(
            f"{output.task} has no positive class",
            detail=f'encode states "positive": {json.dumps(positive, ensure_ascii=False)}'
            f' for "{", ".join(output.columns)}".',
            hint="Leave it out, or predict whether a row has that label: compare the column in a"
            " SELECT that is the source.",
        )
    if positive not in output.classes:
        raise InvalidArgument(
            f'no label of column "{output.columns[0]}" is {positive!r}',
            detail="The labels are: " + ", ".join(output.classes) + ".",
            hint=nearest(positive, output.classes),
        )
    order = sorted(range(2), key=lambda place: output.classes[place] == positive)
    return replace(
        output,
        classes=tuple(output.classes[place] for place in order),
        counts=tuple(output.counts[place] for place in order),
    )
