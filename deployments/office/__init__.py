"""An office at work: the Prefect server, the flows, the screen, and who watches over them."""
