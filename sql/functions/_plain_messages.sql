-- SECURITY DEFINER because only superusers choose the language of messages; it is the server's own
-- that is chosen. For databases that are not in UTF8: PL/Python does not survive an error whose message
-- has a letter beyond ASCII, and a cancel has one in half the languages that the server speaks.
create function cerebro._plain_messages(for_transaction boolean)
returns text
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $sql$
    select pg_catalog.set_config('lc_messages', 'C', for_transaction)
$sql$;

comment on function cerebro._plain_messages(boolean) is
    'Have the server speak English, for the transaction or for the session; return the locale';
