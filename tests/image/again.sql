-- On a server that was started again on the same volume: what was there is there, and can be gone on with.
\connect shop

do $$
declare
    different int;
begin
    select count(*) into different
    from flowers f
    join predicted p using (id)
    where p.kind <> cerebro_predict('flowers', f)
        or p.proba <> cerebro_proba('flowers', f)::text;
    if different > 0 or (select count(*) from predicted) <> 900 then
        raise exception '% rows are predicted otherwise than before', different;
    end if;
end;
$$;

select rank, value, epochs, status from cerebro_fit('again', source := 'flowers', epochs := 1, seed := 1,
    space := '{"hidden": [[16]], "learning_rate": [0.01], "batch_size": [32]}');
