"""Channels: how a notice reaches a person, and what is known afterwards."""

from tasks.channels.address import host_of, mask
from tasks.channels.begun import Attempt, attempt
from tasks.channels.exchange import Gateways
from tasks.channels.hosts import SUPPORTED, Hosts
from tasks.channels.message import Channel, ChannelError, Limits, Message, Outcome
from tasks.channels.open_channels import OpenChannels
from tasks.channels.registry import check_host, check_url, limits_of

__all__ = [
    "SUPPORTED",
    "Attempt",
    "Channel",
    "ChannelError",
    "Gateways",
    "Hosts",
    "Limits",
    "Message",
    "OpenChannels",
    "Outcome",
    "attempt",
    "check_host",
    "check_url",
    "host_of",
    "limits_of",
    "mask",
]
