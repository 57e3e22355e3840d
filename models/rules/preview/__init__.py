"""Rules of preview (预告): when there is something to decide, and how what would go out is summed up."""
