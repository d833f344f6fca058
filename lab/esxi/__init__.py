"""The ESXi simulator: one state, spoken to by SOAP and by SSH."""
