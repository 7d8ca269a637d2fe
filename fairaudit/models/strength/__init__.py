"""How strong a penalty has to be: one strength searched for, or a path of them."""
