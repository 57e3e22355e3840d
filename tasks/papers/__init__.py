"""Papers that wait for a person (文稿): made, shown, recalled, signed, returned, withdrawn."""
