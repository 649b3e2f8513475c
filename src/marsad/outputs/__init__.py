"""TELL: hands what is announced to whoever tells people, and says what came of it.

One module for each standard, one table (`table`), one protocol (`transmitter`). Nothing here decides whether
anything is announced: that is done in the fold, and reaches this room as effects.
"""
