"""Bank files read as a stream: BgMax, camt.053 and camt.054, in one kind of records."""
