"""Rules of delivery (送达): over which channel and when, what follows an attempt, what a message says."""
