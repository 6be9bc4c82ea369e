"""What was done, by whom, when: an append-only chain of digests for each tenant.

The chain holds no values. The values of a change (from, to) stand in a side table with a salt of their own, so that
they can be erased row by row while the chain stays whole: the digest in the chain proves what stood there as long as it
stands, and nothing afterwards.
"""
