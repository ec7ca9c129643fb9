-- The bytes of an array as the server keeps them: header, bitmap of NULLs if there are any, values. The
-- send functions would write each value by a call of its own, which takes several times as long as all
-- else that happens to a row. What byteasend does for a bytea, copy what stands behind the length, is
-- as good for any other type of variable length; strict, because it does not expect NULL.
create function cerebro._array_bytes(anyarray)
returns bytea
language internal
immutable strict
as 'byteasend';

comment on function cerebro._array_bytes(anyarray) is
    'The values of an array of numbers in one piece, to be packed: see dataset/values/array_bytes.py';
