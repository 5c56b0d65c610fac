"""NHS England's monthly RTT file: who waits, what is done, who joins and who leaves."""
