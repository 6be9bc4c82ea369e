"""Long and regular work, done by a worker process of its own; the interface is in docs/jobs.md.

A job is a row, written in the transaction of its cause. The worker claims it by a conditional update; a worker that
dies lets go of what it held, and the job starts again from what it had committed.
"""
