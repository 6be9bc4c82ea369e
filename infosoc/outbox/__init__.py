"""Messages on their way out: written in the transaction of their cause, sent by a worker, shown to administrators."""
