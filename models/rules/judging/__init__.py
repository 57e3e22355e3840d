"""Rules of judging (核对): who is below whom, what figures add up to, how every duty stands and why."""
