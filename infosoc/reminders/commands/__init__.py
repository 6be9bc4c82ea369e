"""Changing the policy, reminding, handing over and writing off."""
