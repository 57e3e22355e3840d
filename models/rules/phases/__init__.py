"""Rules of phases (各阶段): what one phase or register works out beyond what a plan can say, in a module of its own name.

A module says in REGISTERS whose rows it is given (`given.Given`), and has `expected_rows`. It is found by walking this
folder, and run before a pass or a phase's flow judges.
"""
