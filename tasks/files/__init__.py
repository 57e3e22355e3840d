"""Received files as tables of text: what kind they are, and how they are read safely."""
