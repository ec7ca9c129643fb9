-- What has other arguments than in 0.2.0 is put aside for its successor.
alter function cerebro._predict_batch(text, text, bytea) rename to _predict_batch_before;

alter function cerebro._start_worker(int, bigint) rename to _start_worker_before;

alter function @extschema@.cerebro_prepare(
    text, text, text, text[], text, text, int, jsonb, boolean
) rename to cerebro_prepare_before;

alter function cerebro._evaluate_batch(text, text, bytea) rename to _evaluate_batch_before;
