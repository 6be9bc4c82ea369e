"""Taking lists out: which columns there are, how a cell is made harmless, and the files for spreadsheets."""
