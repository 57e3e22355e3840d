"""Judging (核对): what is known becomes standings, and standings what people look at."""
