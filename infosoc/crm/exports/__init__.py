"""Taking lists out: which columns there are. The files themselves are `documents.tables`."""
