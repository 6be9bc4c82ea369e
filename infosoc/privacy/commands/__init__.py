"""Removing, restricting and forgetting."""
