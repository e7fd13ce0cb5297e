{ print "Hello, " $1 ", from AWK!" }
END {
  for (n = 1; n <= 5; n++) total += n ^ 2
  print total, gensub(/(A)(d)/, "\\2\\1", 1, $1)
}
