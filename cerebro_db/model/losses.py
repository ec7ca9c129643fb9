"""Which loss a configuration minimises, and the weights of rows of each class."""

from __future__ import annotations

from cerebro_db.errors import InvalidArgument, nearest
from cerebro_db.model.code import Code, FindCode
from cerebro_db.model.signature import Output
from cerebro_db.model.tasks import TASKS, task_of
from cerebro_db.model.values import choice


def loss_for(task: str, name: str | None, find: FindCode) -> tuple[str, Code | None]:
    """Return the loss of that name, or the task's default for null; with its code if it has any.

    Raises:
        InvalidArgument: the task has no such loss, and none of that name is registered.
    """
    valid = TASKS[task].losses
    if name is None:
        return valid[0], None
    code = None if name in valid else find(name, "loss")
    return name if code else choice(*valid)(name, f"loss ({task})"), code


def check_weighing(code: Code, label_weights: object, label_smoothing: float) -> None:
    """Refuse what a registered loss would have to do itself.

    Raises:
        InvalidArgument: there are label_weights or label_smoothing beside it.
    """
    given = {"label_weights": label_weights, "label_smoothing": label_smoothing}
    for name, value in given.items():
        if value:
            raise InvalidArgument(
                f"{name} has no effect on a registered loss",
                detail=f"{code.name} is registered code, and gives the loss of each row itself.",
                hint=f"Leave {name} out, or have the loss do it.",
            )


def balanced(output: Output) -> tuple[float, ...]:
    """Return the weight of each class by which all count the same: total / (classes x count)."""
    total = sum(output.counts)
    return tuple(total / (len(output.counts) * max(n, 1)) for n in output.counts)


def weights_of_labels(
    given: str | float | dict[str, float] | None, output: Output
) -> tuple[float, ...] | None:
    """Return a weight per class (multilabel: per label), or None where all weigh the same.

    "balanced" weighs each class by total / (classes x count), so that every class counts the same;
    a number by that to its power: 0 is as they are, 0.5 goes by the root. Classes left out of an
    object weigh 1.

    Raises:
        InvalidArgument: the task has no classes, or there is no such class.
    """
    if not given:
        return None
    if task_of(output).of_numbers:
        raise InvalidArgument(
            "label_weights need classes",
            detail=f"The task is {output.task}.",
            hint="Leave label_weights out.",
        )
    if not isinstance(given, dict):
        power = 1.0 if isinstance(given, str) else given
        return tuple(weight**power for weight in balanced(output))
    for label in given:
        if label not in output.classes:
            raise InvalidArgument(
                f'label_weights names "{label}", which is not a class of the dataset',
                detail="The classes are: " + ", ".join(output.classes) + ".",
                hint=nearest(label, output.classes),
            )
    return tuple(given.get(label, 1.0) for label in output.classes)
