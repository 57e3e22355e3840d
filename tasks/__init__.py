"""The work step by step: plain functions, each one read, one write or one round of messages. A room a step."""
