count : Int32 = "many"
