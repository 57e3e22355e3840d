"""The campaign that all steps work on: its database, settings, secrets, calendar, texts and offices."""
