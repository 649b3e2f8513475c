"""RECORD: the incidents of all sites: what happened, kept as facts, every version of them.

``incident`` collects an incident while it happens (pure, part of the site's fold), ``series``
counts how incidents follow each other (pure), ``codec`` writes them as JSON, and ``store`` keeps
them in SQL (the only module here with a disk).
"""
