"""The floors: the same work by a bare script of ours, without framework layers or rights."""
