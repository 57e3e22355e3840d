"""Commands one after the other, each in a process forked from this one, which has imported all they need; a JSON list in
of {"arguments": [...], "environment": {...}}, and out of exit codes (negative: the signal that ended it)."""

from __future__ import annotations

import importlib
import json
import os
import sys

from deployments.cli import main

for _needed in ("deployments.commands.load", "tasks.campaign.migrate", "tasks.loading.load", "worlds.frozen"):
    importlib.import_module(_needed)


def run(arguments: list[str], environment: dict[str, str]) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.environ.update(environment)
    os.dup2(2, 1)
    code = 70
    try:
        main(arguments)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.stdout.write(json.dumps([run(one["arguments"], one["environment"]) for one in json.load(sys.stdin)]))
