"""Rules of chasing (催办): which cases open and close, which rung fires, who hears of it, in how many messages."""
