"""Rules of oversight (核查、运行状况): what should have been said, whether all runs, whether the trail is whole."""
