"""The site: the fold over frames, the order of the stages, the journal, the runners."""
