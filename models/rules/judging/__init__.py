"""Rules of judging (考察): who is below whom, what figures add up to, how every duty stands and why."""
