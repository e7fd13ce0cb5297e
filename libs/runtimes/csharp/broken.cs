int count = "many";
