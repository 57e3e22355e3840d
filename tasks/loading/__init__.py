"""Loading (装载): plan, units, superiors and contacts into the campaign."""
