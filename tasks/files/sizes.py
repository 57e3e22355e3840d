"""How much a received file may hold (上限), whatever kind it is of. Larger ones are refused before they are unpacked."""

from __future__ import annotations

MOST_BYTES = 1024**3
MOST_ROWS = 20_000_000
MOST_COLUMNS = 1_000
MOST_CELLS = 200_000_000
LONGEST_LINE = 1024**2
"""Bytes of one line of text."""
LONGEST_CELL = 32_767 * 4
"""Bytes of a cell: as many characters as a spreadsheet's."""
MOST_LINES_OVER = 10
"""Lines over a header that are read past: a title, 填报单位, a number of the form."""
_ANYHOW = 5_000_000
_MOST_A_BYTE = 100


def most_cells(size: int) -> int:
    """Cells that a packed file of `size` bytes can honestly hold."""
    return min(MOST_CELLS, _ANYHOW + _MOST_A_BYTE * size)
