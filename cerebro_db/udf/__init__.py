"""What the SQL functions call: SQL values become a verb's arguments, its errors SQL errors."""

from cerebro_db.udf.doctor import doctor
from cerebro_db.udf.predicting import predict, proba, score
from cerebro_db.udf.verbs import drop, evaluate, fit, model, predict_table, prepare
from cerebro_db.udf.worker import (
    begin_unit,
    feed,
    finish_unit,
    hold,
    infer,
    load_model,
    start_worker,
    train,
)

__all__ = [
    "begin_unit",
    "doctor",
    "drop",
    "evaluate",
    "feed",
    "finish_unit",
    "fit",
    "hold",
    "infer",
    "load_model",
    "model",
    "predict",
    "predict_table",
    "prepare",
    "proba",
    "score",
    "start_worker",
    "train",
]
