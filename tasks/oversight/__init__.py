"""Oversight (核查、运行状况): the auditor, health, heartbeats and the alarm; who looks after the watch."""
