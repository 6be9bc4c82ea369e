"""Mailings: lists, letters and their recipients; whoever gets one can decline the next without asking anybody.

A mailing is written, frozen (its recipients are fixed, one row each, the skipped among them with the reason), approved,
and sent by the worker, one row at a time. The row is the truth and the claim. Law: marknadsföringslagen (2008:486)
19-21 §§, GDPR articles 13, 14 and 21; mail: RFC 2369, 2919, 8058, 3834.
"""
