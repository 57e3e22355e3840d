"""What we know: plans, units, calendars, the rows of the database, and every decision. No scheduler, network or clock."""
