"""What is filled in: settings, drafts, credit notes."""
