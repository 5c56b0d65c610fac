"""Tables from files of any kind, with the rows numbered as the file's owner sees them."""
