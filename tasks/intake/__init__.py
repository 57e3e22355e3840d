"""Intake (接收报表): from a received file to the archive and to readings."""
