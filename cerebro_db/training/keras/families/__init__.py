"""The layers of each family, one file each; ``cerebro_db.model.families`` declares them."""

from cerebro_db.training.keras.families import cnn, linear, mlp, text, wide_deep
from cerebro_db.training.keras.families._base import Builder

BUILDERS: dict[str, Builder] = {
    "mlp": mlp.build,
    "linear": linear.build,
    "cnn": cnn.build,
    "text": text.build,
    "wide_deep": wide_deep.build,
}

__all__ = ["BUILDERS", "Builder"]
