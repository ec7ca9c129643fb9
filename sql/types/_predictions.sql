create type cerebro._predictions as (
    prediction text[],
    score float8[],
    probabilities text[]
);

comment on type cerebro._predictions is
    'Predictions of a batch of rows, in their order: labels, scores, and all probabilities as JSON';
