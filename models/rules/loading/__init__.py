"""Rules of loading (装载): units, further superiors and contacts as offices send them."""
