"""The archive (存档): where reports and the latest districts lie as files, whose it is, and what may go from it."""
