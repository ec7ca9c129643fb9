create function @extschema@.cerebro_describe(
    run text,
    description text = null,
    tags text[] = null
)
returns void
language plpython3u
as $python$
    @load_package@
    from cerebro_db.udf.verbs import describe
    describe(plpy, run, description, tags)
$python$;

comment on function @extschema@.cerebro_describe(text, text, text[]) is
    'Say what a run of yours is about, and tag it; NULL leaves what is there, an empty text or array takes it away';
