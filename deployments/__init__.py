"""How an office runs it: the command line, the server, the demonstration, plans and samples."""
