"""The commands of pucha, a file a subject. Each is imported only when it is called."""
