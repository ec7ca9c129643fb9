-- cerebro._owns and _uses came in its place.
drop function cerebro._member(text, text);
