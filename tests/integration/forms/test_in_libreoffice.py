"""A form, and a marked copy of it, in a spreadsheet that an office may use: it opens them, saves them, and nothing is lost."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from worlds.campaign import Campaign
from worlds.forms import hand_out, send_back
from worlds.needed import missing
from worlds.workbooks import notes_of, part_of

from tasks.intake.marked_copies import mark_copy


def saved(file: Path) -> Path:
    """The file as LibreOffice saves it."""
    program = shutil.which("soffice")
    if program is None:
        missing("soffice")
    folder = file.parent / "saved"
    own = [f"-env:UserInstallation=file://{file.parent / 'profile'}"]
    asked = [program, *own, "--headless", "--convert-to", "xlsx", "--outdir", str(folder), str(file)]
    subprocess.run(asked, check=True, capture_output=True, timeout=240)
    return folder / file.name


def test_what_a_spreadsheet_saves_is_still_the_form_with_its_marks(campaign: Campaign) -> None:
    file = hand_out(campaign, "recheck")
    receipt = send_back(campaign, file, "2020-08-20", {"问题清单": {"A4": "990109"}, "文件登记": {"A5": "99010"}})
    copy = mark_copy(file, file.with_name("退回.xlsx"), receipt, "zh")
    assert isinstance(copy, Path)

    again = saved(copy)

    assert notes_of(again).keys() == {"A4", "A5"}
    assert "<dataValidation " in part_of(again, "问题清单") and "<sheetProtection " in part_of(again, "问题清单")
    mended = send_back(campaign, again, "2020-08-21", {"问题清单": {"A4": "990101"}, "文件登记": {"A5": "990101"}})
    assert [(one.accepted, one.rejected) for one in mended.tables] == [(0, 0)] * 3
