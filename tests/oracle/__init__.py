"""What a campaign must say to whom and when: the contract's words as plain Python, duty by duty.

Written independently of the engine: it imports nothing of the product and knows the days off of autumn 2020 by
heart. A test tells it the same facts as the product (what was reported and decided) and asks after every pass
which messages must have arrived, if every message that may go is accepted at once, and where every duty stands.
Slow on purpose: each answer is worked out anew from everything that was ever reported. Moments are naive, in the
plan's zone.
"""

from oracle.campaign import Oracle
from oracle.duties import Duty, Line, Owes, Phase, Step
from oracle.offices import Offices
from oracle.standings import Stands

__all__ = ["Duty", "Line", "Offices", "Oracle", "Owes", "Phase", "Stands", "Step"]
