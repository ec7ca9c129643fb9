-- enter: who claims a name is alone for a moment, and never waits for whoever has claimed one
lock table cerebro._names in exclusive mode;

-- said: by these sessions
select session from cerebro._names;

-- forget: what they have claimed
delete from cerebro._names where session = any ($1::text[]);

-- claimed: by another session, which lives
select true as claimed from cerebro._names where kind = $1::text and name = $2::text;

-- claim: see claimed
insert into cerebro._names (kind, name, session) values ($1::text, $2::text, $3::text);

-- let_go: the object is there by now, or will not be
delete from cerebro._names where kind = $1::text and name = $2::text;
