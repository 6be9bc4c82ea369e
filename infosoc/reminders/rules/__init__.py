"""What is owed for being late, and which letter comes next. Pure; rates are an argument."""
