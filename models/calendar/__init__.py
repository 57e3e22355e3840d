"""The calendar that an office works by (工作日历): working days, office hours, quiet hours, and the notice that sets them."""
