"""Rules of phases (各阶段): what one phase works out from what offices report, in a module of the phase's own name.

The phases of today derive nothing that a plan cannot say by itself (`count_where`, `sum_where`), so that each is an
entry in the plan; a figure that needs more than that is worked out here.
"""
