create type cerebro._predictions as (
    prediction text,
    score text,
    probabilities jsonb
);

comment on type cerebro._predictions is
    'Predictions of a batch of rows, in their order: array literals of labels and of scores, a JSON array of all probabilities';
