"""What the SQL functions call: SQL values become a verb's arguments, its errors SQL errors."""

from cerebro_db.udf.batches import (
    discard_chunks,
    evaluate_batch,
    learn_batch,
    pack_batch,
    predict_batch,
    take_chunks,
)
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
    "discard_chunks",
    "doctor",
    "drop",
    "evaluate",
    "evaluate_batch",
    "feed",
    "finish_unit",
    "fit",
    "hold",
    "infer",
    "learn_batch",
    "load_model",
    "model",
    "pack_batch",
    "predict",
    "predict_batch",
    "predict_table",
    "prepare",
    "proba",
    "score",
    "start_worker",
    "take_chunks",
    "train",
]
