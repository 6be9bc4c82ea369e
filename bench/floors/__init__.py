"""The bare scripts that goals are measured against: one module a floor, no framework layers, no rights, no ORM."""
