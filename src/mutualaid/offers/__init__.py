"""From counts to people: who is placed where, who is asked, and who stands in reserve."""
