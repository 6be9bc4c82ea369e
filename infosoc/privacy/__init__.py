"""The promises of the privacy policy as software: objections, extracts, removal, retention, and what must be shown.

Law: GDPR (EU) 2016/679 articles 5, 6, 12-22, 26, 28, 30 and 33; lag (2018:218) 3 kap. 10 §; marknadsföringslagen
(2008:486) 19-21 §§; lag (2022:482) om elektronisk kommunikation 9 kap. 28 §.
"""
