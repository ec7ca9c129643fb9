create function @extschema@.cerebro_model(name text, definition jsonb)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import model
    model(plpy, name, definition)
$python$;

comment on function @extschema@.cerebro_model(text, jsonb) is
    'Register an architecture, a family with parameters or a Keras config with "${placeholders}", for cerebro_fit(model := ''{"name": ...}'')';
