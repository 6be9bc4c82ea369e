"""What is filled in for reminders: the policy, rates, and what is said of one invoice."""
