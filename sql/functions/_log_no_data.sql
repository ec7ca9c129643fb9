-- SECURITY DEFINER because only superusers may say what the server logs of a session, and sessions of
-- ours are none. They are given rows, weights and encodings, as parameters of statements, which
-- log_statement, log_min_duration_statement and auto_explain would have in the log, in whole.
create function cerebro._log_no_data()
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $plpgsql$
declare
    wanted record;
begin
    for wanted in
        select s.name, w.value
        from (
            values
                ('log_parameter_max_length', '0'),
                ('log_parameter_max_length_on_error', '0'),
                -- A plan has parameters in it as constants.
                ('auto_explain.log_min_duration', '-1'),
                ('debug_print_parse', 'off'),
                ('debug_print_rewritten', 'off'),
                ('debug_print_plan', 'off'),
                ('pgaudit.log_parameter', 'off')
        ) w (name, value)
        join pg_settings s on s.name = w.name
    loop
        perform set_config(wanted.name, wanted.value, false);
    end loop;
    -- Older servers log parameters with each statement that they log.
    if not exists (select 1 from pg_settings s where s.name = 'log_parameter_max_length') then
        perform set_config('log_statement', 'none', false);
        perform set_config('log_duration', 'off', false);
        perform set_config('log_min_duration_statement', '-1', false);
    end if;
end
$plpgsql$;

comment on function cerebro._log_no_data() is
    'Keep what this session is given out of the server''s log';
