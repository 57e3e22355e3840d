"""Judging (考察): what is known becomes standings, and standings what people look at."""
