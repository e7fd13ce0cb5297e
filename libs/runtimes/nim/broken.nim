let count: int = "many"
