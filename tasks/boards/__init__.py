"""Boards (看板): what is known of an office, drawn as Markdown, tables and SVG. Pure; knows no Prefect.

A page is drawn from a Status and from `links`, which gives the address of every page that exists; a page
that does not exist yet is named without a link.
"""

from tasks.boards.lists import calendar, duty_table, overdue_list
from tasks.boards.overview import board
from tasks.boards.page import UNWRITTEN, Page, board_key, calendar_key, duties_key, overdue_key, phase_key
from tasks.boards.phase import phase_page, run_sheet

__all__ = [
    "UNWRITTEN",
    "Page",
    "board",
    "board_key",
    "calendar",
    "calendar_key",
    "duties_key",
    "duty_table",
    "overdue_key",
    "overdue_list",
    "phase_key",
    "phase_page",
    "run_sheet",
]
