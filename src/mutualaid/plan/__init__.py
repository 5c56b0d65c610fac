"""A certified plan as a value: tables, accounts, prices and reasons that follow from its flow."""
