-- What has changed of tables since 0.2.0, and what is put aside for its successor: it has one argument
-- more.
alter function @extschema@.cerebro_predict_table(text, text, text, text)
    rename to cerebro_predict_table_before;
