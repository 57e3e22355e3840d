"""Preview (预告): the watch's own rules, run ahead of time on a private copy of the campaign."""
